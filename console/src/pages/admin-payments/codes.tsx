import { getRouteApi } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { addressOf, type AnswerOf } from '../../api/client.ts'
import { useAction, useApiPages } from '../../api/query.ts'
import { useMay } from '../../api/session.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { SameByApi } from '../../ui/code.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Money, useMoneyHead } from '../../ui/money.tsx'
import { EmptyNote } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Ago } from '../../ui/time.tsx'
import { showToast } from '../../ui/toast.tsx'
import { CreateCode } from './create-code.tsx'

const route = getRouteApi('/framed/admin/payments')
const list = 'GET /api/v1/codes'
type Code = AnswerOf<typeof list>['data'][number]

/** Codes that are worth credits: who made them is told their text once. */
export function Codes(): ReactElement {
  const { create } = route.useSearch()
  const navigate = route.useNavigate()
  const { reason } = useMay('operate')
  const codes = useApiPages(list, {})
  const setCreate = (next: true | undefined) =>
    void navigate({ search: (before) => ({ ...before, create: next }), resetScroll: false })
  return (
    <div className="admin-part">
      <div className="admin-line">
        <p className="soft">A code turns into credits under Add credits. It can be used as often as it says.</p>
        <Button kind="primary" icon="plus" reason={reason} onClick={() => setCreate(true)}>
          Make a code
        </Button>
      </div>
      <Table
        caption="Codes"
        columns={useColumns()}
        rows={codes.entries}
        rowId={({ id }) => id}
        failure={codes.failure}
        retry={codes.retry}
        hasMore={codes.hasMore}
        loadMore={codes.loadMore}
        isLoadingMore={codes.isLoadingMore}
        expectedRows={1}
        empty={<EmptyNote title="No code yet">Make one, and give it to whom it is for.</EmptyNote>}
      />
      <Dialog isOpen={create === true} onClose={() => setCreate(undefined)} title="Make a code">
        <CreateCode />
      </Dialog>
      <SameByApi calls={[{ method: 'GET', address: addressOf(list, {}) }]} />
    </div>
  )
}

function useColumns(): readonly Column<Code>[] {
  const head = useMoneyHead('Worth')
  return [
    { id: 'label', head: 'Code', cell: ({ label }) => <code>{label}</code> },
    { id: 'note', head: 'For', priority: 2, cell: ({ note }) => note },
    { id: 'state', head: 'State', cell: (code) => <CodeState code={code} /> },
    {
      id: 'expires',
      head: 'Expires',
      priority: 3,
      cell: ({ expires_at: at }) => (at === null ? <span className="faint">never</span> : <Ago at={at} />),
    },
    { id: 'uses', head: 'Used', align: 'end', cell: ({ uses, uses_max: most }) => `${uses} of ${most}` },
    { id: 'worth', head, align: 'end', cell: ({ credits }) => <Money amount={credits} bare /> },
    { id: 'act', head: 'Actions', align: 'end', cell: (code) => <Switch code={code} /> },
  ]
}

function CodeState({ code: { disabled, uses, uses_max: most } }: { readonly code: Code }) {
  if (disabled) return <Badge>Off</Badge>
  return uses >= most ? <Badge>Used up</Badge> : <Badge tone="good">On</Badge>
}

function Switch({ code: { id, disabled, label } }: { readonly code: Code }) {
  const { reason } = useMay('operate')
  const change = useAction('PATCH /api/v1/codes/{id}', { stale: [list] })
  const run = async () => {
    const outcome = await change.run({ path: { id }, body: { disabled: !disabled } })
    if (outcome.ok) showToast(`${label} is ${disabled ? 'on' : 'off'}.`)
    else showToast(outcome.failure.message, 'bad')
  }
  return (
    <Button kind="quiet" size="small" reason={reason} isBusy={change.isRunning} onClick={() => void run()}>
      {disabled ? 'Turn on' : 'Turn off'}
    </Button>
  )
}
