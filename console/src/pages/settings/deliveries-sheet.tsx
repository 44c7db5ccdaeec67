import type { ReactElement } from 'react'
import { addressOf } from '../../api/client.ts'
import { useApiPages } from '../../api/query.ts'
import type { Schemas } from '../../api/schema.ts'
import { Badge } from '../../ui/badge.tsx'
import { SameByApi } from '../../ui/code.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { EmptyNote } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time, useZoneName } from '../../ui/time.tsx'
import type { Webhook } from './webhook-actions.tsx'

const list = 'GET /api/v1/webhooks/{id}/deliveries'
type Delivery = Schemas['WebhookDelivery']
type Props = { readonly webhook: Webhook | undefined; readonly onClose: () => void }

/** What was sent to a webhook, and how each message fared. */
export const DeliveriesSheet = ({ webhook, onClose }: Props): ReactElement => (
  <Dialog isOpen={webhook !== undefined} onClose={onClose} title="Deliveries" shape="sheet">
    {webhook && <Deliveries webhook={webhook} />}
  </Dialog>
)

function Deliveries({ webhook }: { readonly webhook: Webhook }) {
  const path = { id: webhook.id }
  const found = useApiPages(list, { path })
  return (
    <>
      <p>
        <code>{webhook.url}</code>
      </p>
      <Table
        caption="Deliveries"
        columns={useColumns()}
        rows={found.entries}
        rowId={({ id }) => id}
        failure={found.failure}
        retry={found.retry}
        hasMore={found.hasMore}
        loadMore={found.loadMore}
        isLoadingMore={found.isLoadingMore}
        expectedRows={3}
        empty={<EmptyNote title="Nothing was sent yet">Send a test to see one.</EmptyNote>}
      />
      <SameByApi calls={[{ method: 'GET', address: addressOf(list, { path }) }]} />
    </>
  )
}

const useColumns = (): readonly Column<Delivery>[] => [
  { id: 'at', head: `Time, ${useZoneName()}`, cell: ({ created_at: at }) => <Time at={at} /> },
  { id: 'type', head: 'Event', cell: ({ type }) => type },
  { id: 'state', head: 'State', cell: (delivery) => <State of={delivery} /> },
  { id: 'tries', head: 'Tries', align: 'end', cell: ({ attempts }) => attempts },
]

function State({ of: { status, answer_status: answered, problem } }: { readonly of: Delivery }) {
  const why = problem ?? (answered === null ? undefined : `The last answer had status ${answered}.`)
  if (status === 'delivered') return <Badge tone="good">Delivered</Badge>
  return (
    <Badge tone={status === 'failed' ? 'bad' : 'warn'} why={why}>
      {status === 'failed' ? 'Given up' : 'Being sent'}
    </Badge>
  )
}
