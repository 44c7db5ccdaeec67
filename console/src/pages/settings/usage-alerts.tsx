import type { ReactElement } from 'react'
import type { Schemas } from '../../api/schema.ts'
import { failureOf, useAction, useApi } from '../../api/query.ts'
import { useMay, useSession } from '../../api/session.ts'
import { Button, ButtonLink } from '../../ui/button.tsx'
import { Money } from '../../ui/money.tsx'
import { Section } from '../../ui/page.tsx'
import { EmptyNote } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { showToast } from '../../ui/toast.tsx'

type UsageAlert = Schemas['UsageAlert']
const list = 'GET /api/v1/accounts/{id}/usage-alerts'
const nouns = { spend: 'spent', calls: 'calls', errors: 'failed calls' } as const
const spans = { hour: 'in an hour', day: 'in a day', month: 'in a month' } as const

/** Of how much use the account is told; they are made from a chart. */
export function UsageAlerts(): ReactElement {
  const { account } = useSession()
  const { data, error, refetch } = useApi(list, { path: { id: account.id } })
  return (
    <Section
      title="Use"
      intro="One message for each hour, day or month (UTC) in which so much is used."
      actions={
        <ButtonLink to="/activity" size="small">
          Set one from a chart
        </ButtonLink>
      }
    >
      <Table
        caption="Alerts on use"
        columns={useColumns()}
        rows={data?.data}
        rowId={({ id }) => id}
        failure={failureOf(error)}
        retry={() => void refetch()}
        expectedRows={1}
        empty={<EmptyNote title="No alert on use">Open Activity, show what matters, and press Alert.</EmptyNote>}
      />
    </Section>
  )
}

function useColumns(): readonly Column<UsageAlert>[] {
  return [
    {
      id: 'reached',
      head: 'Told at',
      cell: ({ metric, threshold }) =>
        metric === 'spend' ? (
          <>
            <Money amount={threshold} /> spent
          </>
        ) : (
          `${Number(threshold).toLocaleString('en')} ${nouns[metric]}`
        ),
    },
    { id: 'span', head: 'In', cell: ({ span }) => spans[span] },
    { id: 'of', head: 'Of', cell: (alert) => <Of alert={alert} /> },
    { id: 'act', head: 'Actions', align: 'end', cell: (alert) => <Remove alert={alert} /> },
  ]
}

function Of({ alert: { key_id: keyId, model } }: { readonly alert: UsageAlert }) {
  const { data } = useApi('GET /api/v1/keys/{id}', { path: { id: keyId ?? '' } }, { enabled: keyId !== null })
  if (keyId === null && model === null) return <span className="soft">everything</span>
  return (
    <>
      {keyId !== null && (data?.data.name ?? 'a key that is gone')} {model !== null && <code>{model}</code>}
    </>
  )
}

function Remove({ alert }: { readonly alert: UsageAlert }) {
  const { reason } = useMay('billing')
  const remove = useAction('DELETE /api/v1/usage-alerts/{id}', { stale: [list] })
  const press = async () => {
    const outcome = await remove.run({ path: { id: alert.id } })
    showToast(outcome.ok ? 'The alert is off.' : outcome.failure.message, outcome.ok ? 'good' : 'bad')
  }
  return (
    <Button size="small" kind="quiet" reason={reason} isBusy={remove.isRunning} onClick={() => void press()}>
      Turn off
    </Button>
  )
}
