import { deepEqual, equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import type { Stripe } from 'stripe'
import { look, order, pay, press, visa } from './test/payer.ts'
import { startReceiver } from './test/receiver.ts'
import { openEmulator, type Opened } from './test/variants.ts'

/** As curl does with `-d`. */
async function tell({ emulator }: Opened, path: string, body: object): Promise<{ status: number; text: string }> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const response = await fetch(`${emulator.url}/_emulator/${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  })
  return { status: response.status, text: await response.text() }
}

async function paid({ stripe }: Opened): Promise<Stripe.Charge> {
  await pay(await stripe.checkout.sessions.create(order(2_000)), visa)
  return (await stripe.charges.list({ limit: 1 })).data[0]!
}

test('a payment is disputed and the dispute is ended by hand, once', async (t) => {
  const opened = await openEmulator(t)
  const { stripe } = opened
  const charge = await paid(opened)
  equal((await tell(opened, `dispute/${charge.id}`, {})).status, 200)
  equal((await tell(opened, `dispute/${charge.id}`, {})).status, 400)
  const [dispute] = (await stripe.disputes.list()).data
  equal((await tell(opened, `close-dispute/${dispute!.id}`, { verdict: 'perhaps' })).status, 400)
  await tell(opened, `close-dispute/${dispute!.id}`, { verdict: 'won' })
  await tell(opened, `close-dispute/${dispute!.id}`, { verdict: 'lost' })
  equal((await stripe.disputes.retrieve(dispute!.id)).status, 'won')
  const moved = (await stripe.balanceTransactions.list({ source: dispute!.id })).data
  deepEqual(
    moved.map(({ amount, fee, reporting_category: category }) => [category, amount, fee]),
    [
      ['dispute_reversal', 2_000, 0],
      ['dispute', -2_000, 1_500],
    ],
  )
})

test('a refund fails by hand, and the balance is as if it had never been', async (t) => {
  const opened = await openEmulator(t)
  const { stripe } = opened
  const charge = await paid(opened)
  const refund = await stripe.refunds.create({ charge: charge.id, amount: 500 })
  await tell(opened, `fail-refund/${refund.id}`, {})
  await tell(opened, `fail-refund/${refund.id}`, {})
  equal((await stripe.refunds.retrieve(refund.id)).status, 'failed')
  const balance = await stripe.balance.retrieve()
  equal(balance.pending[0]!.amount + balance.available[0]!.amount, 2_000 - 88)
  equal((await stripe.refunds.create({ charge: charge.id })).amount, 2_000)
})

test('money becomes available when its time has come', async (t) => {
  const opened = await openEmulator(t)
  const { stripe } = opened
  await paid(opened)
  deepEqual([(await stripe.balance.retrieve()).pending[0]?.amount], [2_000 - 88])
  equal((await tell(opened, 'advance', { ms: 2 * 86_400_000 })).status, 200)
  const { available, pending } = await stripe.balance.retrieve()
  deepEqual([available[0]?.amount, pending[0]?.amount], [2_000 - 88, 0])
  equal((await tell(opened, 'advance', { ms: -1 })).status, 400)
})

test('the page of the emulator shows payments and webhooks, and its buttons do what they say', async (t) => {
  const receiver = await startReceiver(t)
  const opened = await openEmulator(t, { webhookUrl: receiver.url })
  const { emulator, stripe } = opened
  const charge = await paid(opened)
  await emulator.settled()
  const home = await look(`${emulator.url}/`)
  match(home.text, /\$20\.00/)
  match(home.text, /charge\.succeeded/)
  const before = receiver.events.length
  await press(`${emulator.url}/_emulator/resend/${emulator.deliveries()[0]!.id}`, {})
  await emulator.settled()
  equal(receiver.events.length, before + 1)
  equal((await press(`${emulator.url}/_emulator/dispute/${charge.id}`, {})).to, `${emulator.url}/`)
  equal((await stripe.charges.retrieve(charge.id)).disputed, true)
  match((await look(`${emulator.url}/`)).text, /dispute: needs response/)
})
