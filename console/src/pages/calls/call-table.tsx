import { useNavigate, useSearch } from '@tanstack/react-router'
import { type ReactElement, useCallback, useEffect, useRef } from 'react'
import { useLiveEvents } from '../../api/live/live.ts'
import { useApi, useApiPages } from '../../api/query.ts'
import type { callQuery } from '../../lib/call-search.ts'
import { sumCredits, credits } from '../../lib/money.ts'
import { formatCount } from '../../lib/numbers.ts'
import { exactTime } from '../../lib/time.ts'
import { AsOf } from '../../parts/as-of.tsx'
import { Button } from '../../ui/button.tsx'
import { Money } from '../../ui/money.tsx'
import { useZone } from '../../ui/preferences.ts'
import { EmptyNote } from '../../ui/state.tsx'
import { Table } from '../../ui/table.tsx'
import type { callColumns, ListedCall } from './columns.tsx'

type Props = {
  readonly query: ReturnType<typeof callQuery>
  readonly columns: ReturnType<typeof callColumns>
  readonly isPaused: boolean
  readonly resume: () => void
  readonly empty: ReactElement
  readonly clearFilters: (() => void) | undefined
}

const pageSize = 50

/**
 * The calls, newest first. While it is live it is read anew when a call ends; when it is paused, or more than a page is
 * shown, it stands still and says how many have come since.
 */
export function CallTable({ query, columns, isPaused, resume, empty, clearFilters }: Props): ReactElement {
  const navigate = useNavigate()
  const { call: openId } = useSearch({ strict: false })
  const input = { query: { ...query, limit: pageSize } }
  const pages = useApiPages('GET /api/v1/generations', input, { keepPrevious: true, standsStill: true })
  const rows: readonly ListedCall[] | undefined = pages.entries
  const searchedUntil = pages.hasMore ? pages.last?.searched_until : undefined
  const isStill = isPaused || (rows !== undefined && rows.length > pageSize)
  useReadWhenCallsEnd(pages.retry, isStill)
  const sum = rows && sumCredits(rows.map((row) => credits(row.credits)))
  return (
    <div className="calls-table">
      <div className="calls-bar">
        <AsOf readAtMs={pages.readAtMs} />
        {isStill && rows && (
          <NewCalls
            query={query}
            firstId={rows[0]?.id}
            show={() => {
              void pages.retry()
              resume()
            }}
          />
        )}
      </div>
      <Table<ListedCall>
        caption="Calls"
        columns={columns.map((column) =>
          column.id === 'cost' && sum !== undefined && rows
            ? { ...column, footer: <Money amount={sum} bare /> }
            : column,
        )}
        rows={rows}
        rowId={({ id }) => id}
        onOpen={({ id }) => void navigate({ to: '.', search: (before) => ({ ...before, call: id }) })}
        openLabel={({ model }) => `receipt of the call of ${model}`}
        openId={openId}
        failure={pages.failure}
        retry={() => void pages.retry()}
        empty={pages.hasMore ? <SearchOn search={pages.loadMore} until={searchedUntil} /> : empty}
        clearFilters={pages.hasMore ? undefined : clearFilters}
        hasMore={pages.hasMore}
        loadMore={pages.loadMore}
        isLoadingMore={pages.isLoadingMore}
        expectedRows={12}
        isDense
      />
    </div>
  )
}

const gatherMs = 400

/** Reads again soon after a call has ended, once for many that end together; not while the table stands still. */
function useReadWhenCallsEnd(read: () => Promise<unknown>, isStill: boolean): void {
  const latest = useRef({ read, isStill })
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const hasMore = useRef(false)
  useEffect(() => {
    latest.current = { read, isStill }
  })
  useEffect(() => () => clearTimeout(timer.current), [])
  const hear = useCallback(
    (kind: string) => {
      if (kind !== 'call' || isStill) return
      hasMore.current = true
      const readSoon = async () => {
        hasMore.current = false
        // It may stand still since the call was heard of.
        if (!latest.current.isStill) await latest.current.read()
        // A call that ended during the reading may not be in it.
        timer.current = hasMore.current ? setTimeout(() => void readSoon(), gatherMs) : undefined
      }
      timer.current ??= setTimeout(() => void readSoon(), gatherMs)
    },
    [isStill],
  )
  useLiveEvents(hear)
  // What ended while it stood still.
  const wasStill = useRef(isStill)
  useEffect(() => {
    if (wasStill.current && !isStill) hear('call')
    wasStill.current = isStill
  }, [isStill, hear])
}

/** A search for what is rare looks at so many calls at a time. */
const SearchOn = ({ search, until }: { readonly search: () => void; readonly until: string | null | undefined }) => {
  const zone = useZone()
  return (
    <EmptyNote
      title={`Nothing found${until ? ` back to ${exactTime(new Date(until), zone)}` : ' yet'}`}
      action={<Button onClick={search}>Search further back</Button>}
    />
  )
}

/** How many calls have ended since the table stands still. */
function NewCalls({
  query,
  firstId,
  show,
}: {
  readonly query: Props['query']
  readonly firstId: string | undefined
  readonly show: () => void
}) {
  const { data } = useApi('GET /api/v1/generations', { query: { ...query, limit: pageSize } })
  const at = data?.data.findIndex(({ id }) => id === firstId) ?? 0
  const count = at < 0 ? pageSize : at
  const words = count === 0 ? 'No new calls' : `${formatCount(count)}${at < 0 ? ' or more' : ''} new`
  return (
    <span role="status">
      {count === 0 ? (
        <span className="soft">{words}</span>
      ) : (
        <Button size="small" icon="refresh" onClick={show}>
          Show {words}
        </Button>
      )}
    </span>
  )
}
