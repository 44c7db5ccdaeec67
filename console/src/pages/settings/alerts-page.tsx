import { type ReactElement, useState } from 'react'
import { addressOf } from '../../api/client.ts'
import { useApiPages } from '../../api/query.ts'
import { useMay, useSession } from '../../api/session.ts'
import { LowBalance } from '../../parts/low-balance.tsx'
import { SettingsPage } from '../../parts/settings.tsx'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { SameByApi } from '../../ui/code.tsx'
import { useShortcut } from '../../ui/keyboard.ts'
import { Section } from '../../ui/page.tsx'
import { EmptyNote } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time, useZoneName } from '../../ui/time.tsx'
import { AddWebhook } from './add-webhook.tsx'
import { DeliveriesSheet } from './deliveries-sheet.tsx'
import { MyMails } from './my-mails.tsx'
import { UsageAlerts } from './usage-alerts.tsx'
import { eventWords, type Webhook, WebhookActions } from './webhook-actions.tsx'

const alerts = 'GET /api/v1/accounts/{id}/alerts'
const webhooks = 'GET /api/v1/webhooks'

/** Who is told when credits or limits run out. */
export function AlertsPage(): ReactElement {
  const { account } = useSession()
  const { reason } = useMay('keys')
  const [isAdding, setIsAdding] = useState(false)
  const query = { account_id: account.id }
  useShortcut('c', () => reason === undefined && setIsAdding(true))
  return (
    <SettingsPage
      title="Alerts"
      intro="Who is told when credits run low, a key nears its limit or is used as it never was, or use reaches what you say."
      actions={
        <Button kind="primary" icon="plus" reason={reason} onClick={() => setIsAdding(true)}>
          Add webhook
        </Button>
      }
    >
      <Webhooks />
      <UsageAlerts />
      <Section title="Low balance" intro="One message each time the balance falls below it." actions={<LowBalance />} />
      <MyMails />
      <SameByApi
        calls={[
          { method: 'GET', address: addressOf(webhooks, { query }), does: 'Webhooks' },
          {
            method: 'GET',
            address: addressOf('GET /api/v1/accounts/{id}/usage-alerts', { path: { id: account.id } }),
            does: 'Alerts on use',
          },
          { method: 'GET', address: addressOf(alerts, { path: { id: account.id } }), does: 'The low balance' },
          { method: 'GET', address: addressOf('GET /api/v1/me/mails', {}), does: 'Mails to you' },
        ]}
      />
      <AddWebhook isOpen={isAdding} onClose={() => setIsAdding(false)} />
    </SettingsPage>
  )
}

function Webhooks() {
  const { account } = useSession()
  const found = useApiPages(webhooks, { query: { account_id: account.id } })
  const [shown, setShown] = useState<Webhook | undefined>()
  return (
    <>
      <Table
        caption="Webhooks"
        columns={useWebhookColumns()}
        rows={found.entries}
        rowId={({ id }) => id}
        onOpen={setShown}
        openLabel={({ url }) => `Deliveries to ${url}`}
        openId={shown?.id}
        failure={found.failure}
        retry={found.retry}
        hasMore={found.hasMore}
        loadMore={found.loadMore}
        isLoadingMore={found.isLoadingMore}
        expectedRows={1}
        empty={<EmptyNote title="Nobody is told yet">Add a webhook, and send it a test.</EmptyNote>}
      />
      <DeliveriesSheet webhook={shown} onClose={() => setShown(undefined)} />
    </>
  )
}

function useWebhookColumns(): readonly Column<Webhook>[] {
  const zone = useZoneName()
  return [
    { id: 'url', head: 'Address', cell: ({ url }) => <code>{url}</code> },
    {
      id: 'events',
      head: 'Told of',
      priority: 2,
      cell: ({ events }) => events.map((event) => eventWords[event]).join(', '),
    },
    {
      id: 'state',
      head: 'State',
      cell: ({ disabled }) => <Badge tone={disabled ? 'neutral' : 'good'}>{disabled ? 'Off' : 'On'}</Badge>,
    },
    { id: 'at', head: `Added, ${zone}`, priority: 3, cell: ({ created_at: at }) => <Time at={at} show="day" /> },
    { id: 'act', head: 'Actions', align: 'end', cell: (webhook) => <WebhookActions webhook={webhook} /> },
  ]
}
