import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { Stripe } from 'stripe'
import { developmentKey, developmentSecret, startStripeEmulator } from '../../dev/stripe/index.ts'
import { cardNumbers, payOn } from './support/cards.ts'
import { eventually } from './support/eventually.ts'
import { atEnd } from './support/scope.ts'
import { openStage } from './support/stage.ts'

async function openShop(t: TestContext, environment: Readonly<Record<string, string>> = {}) {
  const emulator = await startStripeEmulator()
  atEnd(t, emulator.close)
  const stage = await openStage(t, {
    ...{ STRIPE_SECRET_KEY: developmentKey, REDPILL_STRIPE_API_URL: emulator.url, ...environment },
  })
  const { url, operatorKey } = stage.server()
  const ask = async (method: string, path: string, body?: object) => {
    const headers = { authorization: `Bearer ${operatorKey}`, ...(body && { 'content-type': 'application/json' }) }
    const answer = await fetch(`${url}/api/v1${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) })
    return { status: answer.status, body: (await answer.json()) as Answer }
  }
  const { body } = await ask('POST', '/accounts', { name: 'A payer' })
  return { stage, emulator, url, ask, account: `/accounts/${String(body.data['id'])}` }
}

type Answer = { readonly data: Readonly<Record<string, unknown>>; readonly error: { readonly message: string } }

const event = (id: string, object: object) =>
  JSON.stringify({
    ...{ id, object: 'event', livemode: false, type: 'payment_intent.succeeded' },
    ...{ created: Math.floor(Date.now() / 1_000), data: { object } },
  })

const { webhooks } = new Stripe(developmentKey)
const sign = (payload: string, { at = Date.now(), secret = developmentSecret } = {}) =>
  webhooks.generateTestHeaderString({ payload, secret, timestamp: Math.floor(at / 1_000) })

const deliver = async (url: string, payload: string, signature?: string) => {
  const headers = {
    'content-type': 'application/json',
    ...(signature !== undefined && { 'stripe-signature': signature }),
  }
  const answer = await fetch(`${url}/api/v1/payments/stripe/webhook`, { method: 'POST', headers, body: payload })
  return answer.status
}

test('webhooks that are forged, altered, old or unsigned are refused, and one that comes again is one', async (t) => {
  const { stage, url } = await openShop(t, { STRIPE_WEBHOOK_SECRET: developmentSecret })
  const payload = event('evt_1', { id: 'pi_1', object: 'payment_intent' })
  const altered = payload.replace('pi_1', 'pi_2')
  deepEqual(
    [
      await deliver(url, payload),
      await deliver(url, payload, sign(payload, { secret: 'whsec_of_somebody_else' })),
      await deliver(url, altered, sign(payload)),
      await deliver(url, payload, sign(payload, { at: Date.now() - 301_000 })),
      await deliver(url, payload, sign(payload, { at: Date.now() + 400_000 })),
      await deliver(url, '', sign('')),
    ],
    [400, 400, 400, 400, 400, 400],
  )
  const inbox = async () => {
    const { rows } = await stage.database.pool.query<{ id: string }>('select id from stripe_event order by id')
    return rows.map(({ id }) => id)
  }
  deepEqual(await inbox(), [])
  const signature = sign(payload)
  for (let time = 0; time < 3; time++) equal(await deliver(url, payload, signature), 200)
  deepEqual(await inbox(), ['evt_1'])
  const theirs = event('evt_2', { id: 'cus_1', object: 'customer' })
  equal(await deliver(url, theirs, sign(theirs)), 200)
  deepEqual(await inbox(), ['evt_1'])
})

test('what a webhook says is not believed: signed words of a payment that Stripe does not know credit nothing', async (t) => {
  const { stage, url, ask, account } = await openShop(t, { STRIPE_WEBHOOK_SECRET: developmentSecret })
  const made = await ask('POST', `${account}/orders`, { rail: 'card', amount_usd: '20' })
  const order = String(made.body.data['id'])
  const object = {
    ...{ id: 'pi_made_up', object: 'payment_intent', status: 'succeeded', amount: 2_000, amount_received: 2_000 },
    ...{ currency: 'usd', metadata: { redpill_order: order } },
  }
  const payload = event('evt_1', object)
  equal(await deliver(url, payload, sign(payload)), 200)
  await eventually('it was looked at', async () => {
    const { rows } = await stage.database.pool.query<{ state: string }>('select state from stripe_event')
    return rows[0]?.state === 'done'
  })
  equal((await ask('GET', `/orders/${order}`)).body.data['state'], 'pending')
})

test('without a webhook secret every webhook is refused, and whoever comes back from the pay page has their credits', async (t) => {
  const { stage, emulator, url, ask, account } = await openShop(t, { REDPILL_CARD_FEE_PERCENT: '3' })
  const payload = event('evt_1', { id: 'pi_1', object: 'payment_intent' })
  equal(await deliver(url, payload, sign(payload)), 403)
  equal(await deliver(url, payload, sign(payload, { secret: '' })), 403)

  const options = await ask('GET', `/payments/options?account_id=${account.slice(10)}`)
  const card = options.body.data['card'] as Record<string, unknown>
  deepEqual([card['available'], card['test_mode']], [true, true])
  const made = await ask('POST', `${account}/orders`, { rail: 'card', amount_usd: '20', save_card: true })
  deepEqual([made.status, made.body.data['total_usd'], made.body.data['state']], [201, '20.6', 'pending'])
  const { url: page } = made.body.data['pay'] as { url: string }
  const paid = await payOn(page)
  ok(paid.location!.startsWith(url))
  const back = await fetch(paid.location!, { redirect: 'manual' })
  const id = String(made.body.data['id'])
  deepEqual([back.status, back.headers.get('location')?.includes(id)], [302, true])
  await eventually('it is credited', async () => (await ask('GET', `/orders/${id}`)).body.data['state'] === 'credited')
  const { body } = await ask('GET', `/orders/${id}`)
  ok(String(body.data['receipt_url']).startsWith('http'))

  const cards = (await ask('GET', `${account}/cards`)).body.data as unknown as { id: string; last4: string }[]
  deepEqual(
    cards.map(({ last4 }) => last4),
    ['4242'],
  )
  const portal = await ask('POST', `${account}/billing-portal`)
  ok(String(portal.body.data['url']).startsWith(emulator.url))
  const wish = {
    enabled: true,
    threshold_usd: '50',
    amount_usd: '20',
    monthly_ceiling_usd: '41',
    card_id: cards[0]!.id,
  }
  const set = await ask('PUT', `${account}/auto-top-up`, wish)
  deepEqual([set.status, set.body.data['enabled'], set.body.data['paused']], [200, true, null])
  await eventually('it bought once, and the ceiling stopped it', async () => {
    const { body: now } = await ask('GET', `${account}/auto-top-up`)
    return (now.data['paused'] as { kind: string } | null)?.kind === 'ceiling'
  })
  equal((await ask('GET', `${account}/auto-top-up`)).body.data['month_spent_usd'], '20.6')
  equal((await ask('DELETE', `${account}/cards/${cards[0]!.id}`)).status, 200)
  const audit = JSON.stringify((await ask('GET', `${account}/audit`)).body.data)
  for (const noted of ['setAutoTopUp', '"monthly_ceiling_usd":"41"', 'deleteCard', '"last4":"4242"', 'buyCredits'])
    ok(audit.includes(noted), noted)
  equal(((await ask('GET', `${account}/cards`)).body.data as unknown as unknown[]).length, 0)

  const refunded = await ask('POST', `/orders/${id}/refund`, { amount_usd: '5' })
  deepEqual([refunded.status, refunded.body.data['refunded_usd']], [200, '5'])
  const { body: compared } = await ask('GET', '/payments/reconciliation')
  match(JSON.stringify(compared), /Paid by card.*every order says the same/)
  equal(JSON.stringify(compared).includes('"ok":false'), false)
  await stage.reconcile()
  equal(stage.everythingSaid().includes(developmentKey), false)
})

test('without a key the page is told what to set, and with a card that is declined the payer what to do', async (t) => {
  const stage = await openStage(t)
  const { manage } = stage.server()
  const { data } = await manage<{ data: { card: { available: boolean; why: string } } }>('GET', '/payments/options')
  equal(data.card.available, false)
  match(data.card.why, /STRIPE_SECRET_KEY/)

  const { ask, account } = await openShop(t)
  const made = await ask('POST', `${account}/orders`, { rail: 'card', amount_usd: '20' })
  const { url: page } = made.body.data['pay'] as { url: string }
  match((await payOn(page, cardNumbers.declined)).page, /declined/)
  const id = String(made.body.data['id'])
  await eventually('the timeline says so', async () =>
    JSON.stringify((await ask('GET', `/orders/${id}`)).body.data['timeline']).includes('declined'),
  )
  equal((await ask('POST', `/orders/${id}/cancel`)).body.data['state'], 'failed')
  match((await payOn(page)).page, /has expired/)
})

test('what Stripe refuses is told to the operator in its words, and to the payer in ours', async (t) => {
  const { stage, ask, account } = await openShop(t, { STRIPE_SECRET_KEY: 'sk_test_of_nobody' })
  const refused = await ask('POST', `${account}/orders`, { rail: 'card', amount_usd: '20' })
  deepEqual([refused.status, refused.body.error.message.includes('operator')], [502, true])
  equal(JSON.stringify(refused.body).includes('Invalid API Key'), false)
  await eventually('the log has it', () => stage.everythingSaid().includes('Invalid API Key'))
  equal(stage.everythingSaid().includes('sk_test_of_nobody'), false)
})
