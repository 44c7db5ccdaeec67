import { type ReactElement, useState } from 'react'
import { addressOf, type AnswerOf } from '../../api/client.ts'
import { useAction } from '../../api/query.ts'
import { useMay } from '../../api/session.ts'
import { AdminPage } from '../../parts/admin.tsx'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { SameByApi } from '../../ui/code.tsx'
import { EmptyNote, FailureNote } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time, useZoneName } from '../../ui/time.tsx'

const check = 'POST /api/v1/reconcile'
type Invariant = AnswerOf<typeof check>['invariants'][number]
type Report = { readonly at: string; readonly answer: AnswerOf<typeof check> }

const columns: readonly Column<Invariant>[] = [
  { id: 'id', head: 'Invariant', cell: ({ id }) => id },
  { id: 'promise', head: 'What must hold', cell: ({ promise }) => promise },
  {
    id: 'ok',
    head: 'Result',
    cell: ({ ok }) => <Badge tone={ok ? 'good' : 'bad'}>{ok ? 'Holds' : 'Broken'}</Badge>,
  },
  { id: 'detail', head: 'Detail', priority: 2, cell: ({ detail }) => detail },
]

/** Whether the whole ledger agrees with itself, checked when asked for. */
export function ReconciliationPage(): ReactElement {
  const { reason } = useMay('operate')
  const zone = useZoneName()
  const [report, setReport] = useState<Report | undefined>()
  const reconcile = useAction(check)
  const start = async () => {
    const outcome = await reconcile.run({})
    if (outcome.ok) setReport({ at: new Date().toISOString(), answer: outcome.answer })
  }
  const button = (
    <Button kind="primary" icon="refresh" reason={reason} isBusy={reconcile.isRunning} onClick={() => void start()}>
      {report ? 'Check again' : 'Check the ledger'}
    </Button>
  )
  return (
    <AdminPage
      title="Reconciliation"
      intro="Every movement has two sides, and every balance is the sum of its movements. A job checks a sample each minute and all of it each day; here it is checked now."
      actions={button}
    >
      {reconcile.failure && <FailureNote what="The ledger could not be checked." failure={reconcile.failure} />}
      {report === undefined && !reconcile.isRunning ? (
        <EmptyNote title="Not checked yet">
          One consistent state of the whole ledger is read. Calls go on meanwhile.
        </EmptyNote>
      ) : (
        <>
          <p role="status">
            {report && (
              <>
                <Badge tone={report.answer.ok ? 'good' : 'bad'}>
                  {report.answer.ok ? 'The ledger reconciles' : 'The ledger does not reconcile'}
                </Badge>{' '}
                <span className="soft">
                  checked <Time at={report.at} /> ({zone})
                </span>
              </>
            )}
          </p>
          <Table
            caption="Invariants"
            columns={columns}
            rows={report?.answer.invariants}
            rowId={({ id }) => id}
            expectedRows={10}
            empty={<EmptyNote title="No invariant" />}
          />
        </>
      )}
      <SameByApi calls={[{ method: 'POST', address: addressOf(check, {}) }]} />
    </AdminPage>
  )
}
