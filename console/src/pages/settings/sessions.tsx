import type { ReactElement } from 'react'
import { useAction, useApi } from '../../api/query.ts'
import type { Schemas } from '../../api/schema.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Section } from '../../ui/page.tsx'
import { EmptyNote } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Ago } from '../../ui/time.tsx'
import { showToast } from '../../ui/toast.tsx'

const list = 'GET /api/v1/sessions'
type Session = Schemas['SignedInBrowser']

/** Every browser where this person is signed in. */
export function Sessions(): ReactElement {
  const found = useApi(list, {})
  const others = found.data?.data.filter(({ is_current: isCurrent }) => !isCurrent) ?? []
  const end = useAction('DELETE /api/v1/sessions/{id}', { stale: [list] })
  const endOthers = async () => {
    for (const { id } of others) {
      const outcome = await end.run({ path: { id } })
      if (!outcome.ok) return showToast(outcome.failure.message, 'bad')
    }
    showToast('Signed out everywhere else.')
  }
  const none = others.length === 0 ? 'You are signed in nowhere else.' : undefined
  return (
    <Section
      title="Where you are signed in"
      actions={
        <Button reason={none} isBusy={end.isRunning} onClick={() => void endOthers()}>
          Sign out everywhere else
        </Button>
      }
    >
      <Table
        caption="Sessions"
        columns={columns}
        rows={found.data?.data}
        rowId={({ id }) => id}
        failure={found.error?.failure}
        retry={() => void found.refetch()}
        expectedRows={1}
        empty={<EmptyNote title="No session" />}
      />
    </Section>
  )
}

const columns: readonly Column<Session>[] = [
  {
    id: 'device',
    head: 'Browser',
    cell: ({ device, is_current: isCurrent }) => (
      <>
        {device} {isCurrent && <Badge tone="good">This one</Badge>}
      </>
    ),
  },
  {
    id: 'address',
    head: 'Address',
    priority: 2,
    cell: ({ address }) => address ?? <span className="soft">unknown</span>,
  },
  { id: 'method', head: 'Signed in by', priority: 2, cell: ({ method }) => method },
  { id: 'seen', head: 'Last seen', cell: ({ seen_at: at }) => <Ago at={at} /> },
  { id: 'expires', head: 'Ends', priority: 3, cell: ({ expires_at: at }) => <Ago at={at} /> },
  { id: 'act', head: 'Actions', align: 'end', cell: (session) => <EndSession of={session} /> },
]

function EndSession({ of: { id, is_current: isCurrent } }: { readonly of: Session }) {
  const end = useAction('DELETE /api/v1/sessions/{id}', { stale: [list] })
  const run = async () => {
    const outcome = await end.run({ path: { id } })
    if (!outcome.ok) showToast(outcome.failure.message, 'bad')
  }
  const reason = isCurrent ? 'Sign out of this one in the menu at the top.' : undefined
  return (
    <Button kind="quiet" size="small" reason={reason} isBusy={end.isRunning} onClick={() => void run()}>
      Sign out
    </Button>
  )
}
