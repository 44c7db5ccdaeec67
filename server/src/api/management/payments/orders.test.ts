import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Uuid } from '../../../core/ids.ts'
import { credits, nanoUsd, type NanoUsd, usd } from '../../../core/money.ts'
import { reconcile } from '../../../credits/index.ts'
import { advance, createOrder, type OrderEvent, type Rail, retryRefunds } from '../../../payments/index.ts'
import { openTestApi, readPages, spend } from '../../test/harness.ts'

/** A bank that is played: it does as it is told, and notes what it was asked. */
type Bank = {
  refund: 'sent' | 'refused' | 'by_hand' | 'away'
  cancels: boolean
  readonly begun: Uuid[]
  readonly refunds: { readonly id: Uuid; readonly amount: NanoUsd }[]
}
const bank: Bank = { refund: 'sent', cancels: true, begun: [], refunds: [] }
const card: Rail = {
  name: 'card',
  state: () => ({ kind: 'available' }),
  options: () => ({ test_mode: true }),
  begin(order, { cardId, origin }) {
    bank.begun.push(order.id)
    if (cardId !== undefined)
      return Promise.resolve({ kind: 'refused', why: 'There is no such card.', param: 'card_id' })
    return Promise.resolve({ kind: 'begun', pay: { kind: 'checkout', url: `${origin}/pay/${order.id}` } })
  },
  cancel: () => Promise.resolve(bank.cancels),
  refund(_order, asked) {
    bank.refunds.push(asked)
    if (bank.refund === 'away') return Promise.reject(new Error('no answer'))
    return Promise.resolve(
      bank.refund === 'refused' ? { kind: 'refused', why: 'The card is closed.' } : { kind: bank.refund },
    )
  },
  reconcile: () => Promise.resolve([{ name: 'Balance', ok: true, detail: 'equal' }]),
}
const crypto: Rail = {
  ...{ name: 'crypto', begin: () => Promise.reject(new Error('not asked')), options: () => ({}) },
  state: () => ({ kind: 'unavailable', why: 'Set REDPILL_CHAINS.' }),
  refund: () => Promise.resolve({ kind: 'by_hand' }),
  reconcile: () => Promise.reject(new Error('the node is away')),
}

const api = await openTestApi({ after }, undefined, { card, crypto })
const { operator, db } = api
const acme = await api.makeCustomer('Acme')
const ask = acme.manager.ask
const account = `/api/v1/accounts/${acme.id}`

const tell = (id: Uuid, event: Partial<OrderEvent> & { readonly kind: string }) =>
  advance(db, id, { key: api.makeId(), at: new Date(), ...event } as OrderEvent, api.tools)

async function buy(amount = '10', headers: Record<string, string> = {}) {
  const reply = await ask('POST', `${account}/orders`, { body: { rail: 'card', amount_usd: amount }, headers })
  equal(reply.status, 201)
  return reply
}

/** An order of 10 USD that is paid, as a new customer with it alone. */
async function paid() {
  const customer = await api.makeCustomer('Payer')
  const path = `/api/v1/accounts/${customer.id}`
  const body = { rail: 'card', amount_usd: '10' }
  const order = (await customer.manager.ask('POST', `${path}/orders`, { body })).textAt('data.id')
  await tell(order, { kind: 'received', amount: usdCents(1_050) })
  const available = async () => (await customer.manager.ask('GET', path)).textAt('data.credits.available')
  const get = () => customer.manager.ask('GET', `/api/v1/orders/${order}`)
  const refund = (more: object = {}, headers: Record<string, string> = {}) =>
    customer.manager.ask('POST', `/api/v1/orders/${order}/refund`, { body: more, headers })
  return { customer, order, available, get, refund }
}

const usdCents = (count: number): NanoUsd => nanoUsd(BigInt(count) * 10_000_000n)

test('the page learns before anybody pays what can be bought, how, and what it costs', async () => {
  const { body } = await ask('GET', '/api/v1/payments/options')
  deepEqual(body, {
    data: {
      ...{ minimum_usd: '5', maximum_usd: '1000', credits_per_usd: '2000000', refund_days: 30, referral: null },
      card: { test_mode: true, available: true, why: null, fee_percent: '5', fee_fixed_usd: '0' },
      crypto: {
        ...{ chains: [], test_wallet: false, available: false, why: 'Set REDPILL_CHAINS.' },
        ...{ fee_percent: '0', fee_fixed_usd: '0' },
      },
    },
  })
})

test('what is bought says its price with fees and where to pay; once it is paid the credits are there', async () => {
  const made = await buy()
  const id = made.textAt('data.id')
  deepEqual(
    ['state', 'amount_usd', 'fee_usd', 'total_usd', 'credits', 'pay'].map((name) => made.at(`data.${name}`)),
    ['pending', '10', '0.5', '10.5', '20000000', { kind: 'checkout', url: `http://localhost:8787/pay/${id}` }],
  )
  await tell(id, { kind: 'received', amount: usdCents(1_050) })
  const done = await ask('GET', `/api/v1/orders/${id}`)
  deepEqual(
    ['state', 'pay', 'received_usd', 'refundable_usd', 'problem'].map((name) => done.at(`data.${name}`)),
    ['credited', null, '10.5', '10', null],
  )
  const timeline = done.at('data.timeline') as { words: string }[]
  deepEqual(
    timeline.map(({ words }) => words),
    ['The order was made.', 'The payment page was opened.', 'The money came.', 'Credits worth 10 USD were added.'],
  )
  equal((await ask('GET', account)).textAt('data.credits.purchased'), '20000000')
  const audit = await ask('GET', `${account}/audit?action=buyCredits&limit=1`)
  deepEqual(audit.at('data.0.after'), { rail: 'card', state: 'created', amount_usd: '10', fee_usd: '0.5' })
})

test('an order is one for each Idempotency-Key, also when it is asked for at once', async () => {
  const headers = { 'idempotency-key': 'one-purchase' }
  const replies = await Promise.all(Array.from({ length: 5 }, () => buy('12', headers)))
  equal(new Set(replies.map((reply) => reply.textAt('data.id'))).size, 1)
  const other = await ask('POST', `${account}/orders`, { headers, body: { rail: 'card', amount_usd: '13' } })
  deepEqual([other.status, other.at('error.code')], [409, 'idempotency_conflict'])
})

test('what cannot be bought is refused with its reason, and nothing is left of it', async () => {
  const before = (await readPages(ask, `${account}/orders`, 200)).length
  for (const [body, status, said] of [
    [{ rail: 'card', amount_usd: '4.99' }, 400, /from 5 to 1000 USD/],
    [{ rail: 'card', amount_usd: '1001' }, 400, /from 5 to 1000 USD/],
    [{ rail: 'card', amount_usd: '10.001' }, 400, /in whole cents/],
    [{ rail: 'card', amount_usd: 10 }, 400, /decimal text/],
    [{ rail: 'card', amount_usd: '-10' }, 400, /more than 0/],
    [{ rail: 'x402', amount_usd: '10' }, 400, /card or crypto/],
    [{ rail: 'crypto', amount_usd: '10' }, 409, /Set REDPILL_CHAINS/],
  ] as const) {
    const refused = await ask('POST', `${account}/orders`, { body })
    equal(refused.status, status)
    match(refused.textAt('error.message'), said)
  }
  equal((await readPages(ask, `${account}/orders`, 200)).length, before)
  const refused = await ask('POST', `${account}/orders`, { body: { rail: 'card', amount_usd: '10', card_id: 'c' } })
  deepEqual([refused.status, refused.at('error.param')], [400, 'card_id'])
  equal((await ask('GET', `${account}/orders?limit=1`)).textAt('data.0.state'), 'failed')
})

test('an account has thirty open payments at most', async () => {
  const many = await api.makeCustomer('Many')
  const body = { rail: 'card', amount_usd: '5' }
  const order = () => many.manager.ask('POST', `/api/v1/accounts/${many.id}/orders`, { body })
  for (let count = 0; count < 30; count++) equal((await order()).status, 201)
  const refused = await order()
  deepEqual([refused.status, refused.at('error.metadata.limit')], [429, 'open_orders'])
  const { body: page } = await many.manager.ask('GET', `/api/v1/accounts/${many.id}/orders?limit=1`)
  const [{ id }] = (page as { data: { id: string }[] }).data as [{ id: string }]
  equal((await many.manager.ask('POST', `/api/v1/orders/${id}/cancel`)).textAt('data.state'), 'failed')
  equal((await order()).status, 201)
})

test('orders are read a page at a time, and those of others are not there', async () => {
  const all = await readPages<{ id: string }>(ask, `${account}/orders`, 200)
  deepEqual(await readPages(ask, `${account}/orders`, 2), all)
  const other = await api.makeCustomer('Other')
  equal((await other.manager.ask('GET', `/api/v1/orders/${all[0]!.id}`)).status, 404)
  equal((await other.manager.ask('POST', `/api/v1/orders/${all[0]!.id}/refund`, { body: {} })).status, 404)
})

test('an unpaid order can be cancelled, unless it is being paid just now or was', async () => {
  const id = (await buy()).textAt('data.id')
  bank.cancels = false
  equal((await ask('POST', `/api/v1/orders/${id}/cancel`)).status, 409)
  bank.cancels = true
  const cancelled = await ask('POST', `/api/v1/orders/${id}/cancel`)
  deepEqual(
    [cancelled.at('data.state'), cancelled.at('data.problem')],
    ['failed', 'The order was cancelled. Nothing was paid.'],
  )
  equal((await ask('POST', `/api/v1/orders/${id}/cancel`)).status, 200)
  const done = await paid()
  equal((await done.customer.manager.ask('POST', `/api/v1/orders/${done.order}/cancel`)).status, 409)
})

test('unspent credits are refunded: taken at once, so that nobody spends them, and sent back by the bank', async () => {
  const { customer, order, available, refund } = await paid()
  const { id: accountId } = customer
  await spend(api.lane, api.makeId(), { accountId, keyId: customer.inference.id, cost: credits(14_000_000) })
  const first = await refund({ amount_usd: '1' })
  deepEqual([first.status, first.at('data.refunded_usd'), first.at('data.refundable_usd')], [200, '1', '2'])
  equal(await available(), '4000000')
  const refused = await refund({ amount_usd: '2.01' })
  deepEqual([refused.status, refused.at('error.metadata')], [409, { refundable_usd: '2' }])
  const headers = { 'idempotency-key': 'the-rest' }
  const rest = await Promise.all([refund({}, headers), refund({}, headers), refund({}, headers)])
  ok(rest.every((reply) => reply.status === 200))
  equal(await available(), '0')
  equal((await refund({})).textAt('error.message'), 'Its credits are spent.')
  equal(bank.refunds.filter(({ id }) => bank.refunds.filter((each) => each.id === id).length > 3).length, 0)
  await tell(order, { kind: 'refunded', amount: usd(3) })
  equal(await available(), '0')
  const entry = (await customer.manager.ask('GET', `/api/v1/accounts/${accountId}/audit?action=refundOrder`)).at(
    'data.1.after',
  )
  deepEqual(entry, { rail: 'card', state: 'credited', amount_usd: '10', fee_usd: '0.5', refund_usd: '1' })
})

test('refunds at once take no more than there is', async () => {
  const { available, refund } = await paid()
  const replies = await Promise.all(Array.from({ length: 6 }, () => refund({ amount_usd: '4' })))
  equal(replies.filter(({ status }) => status === 200).length, 2)
  ok(replies.every(({ status }) => status === 200 || status === 409))
  equal(await available(), '4000000')
})

test('credits that are spent while their refund is asked for are refunded or spent, never both, and nothing is owed', async () => {
  for (let round = 0; round < 5; round++) {
    const { customer, available, refund } = await paid()
    const { id: accountId } = customer
    const key = { accountId, keyId: customer.inference.id }
    const spending = Array.from({ length: 6 }, () =>
      spend(api.lane, api.makeId(), { ...key, cost: credits(3_000_000) }).then(
        () => true,
        () => false,
      ),
    )
    const refunds = [refund({ amount_usd: '4' }), refund({ amount_usd: '4' })]
    const spent = (await Promise.all(spending)).filter(Boolean).length
    const sent = (await Promise.all(refunds)).filter(({ status }) => status === 200).length
    equal(await available(), String(20_000_000 - spent * 3_000_000 - sent * 8_000_000))
    equal((await customer.manager.ask('GET', `/api/v1/accounts/${accountId}`)).textAt('data.credits.owed'), '0')
  }
})

test('a doubt about money that never came is put aside by the operator', async () => {
  const id = (await buy()).textAt('data.id')
  await tell(id, { kind: 'review', reason: 'The price of the token is in doubt' })
  const body = { action: 'credit', note: 'x' }
  equal((await operator.ask('POST', `/api/v1/orders/${id}/resolve`, { body })).status, 409)
  const aside = await operator.ask('POST', `/api/v1/orders/${id}/resolve`, { body: { ...body, action: 'reject' } })
  deepEqual([aside.at('data.review'), aside.at('data.state')], [null, 'pending'])
})

test('money in another currency is taken, and worth what the operator says: at most what was agreed', async () => {
  const resolve = async (body: object) => {
    const id = (await buy()).textAt('data.id')
    await tell(id, { kind: 'review', reason: 'Stripe took 9.60 EUR, not USD.', taken: '9.60 EUR' })
    const order = await ask('GET', `/api/v1/orders/${id}`)
    deepEqual([order.at('data.state'), order.at('data.taken')], ['paid', '9.60 EUR'])
    equal(order.at('data.refunds_to.kind'), 'card')
    match(order.textAt('data.problem'), /9\.60 EUR/)
    return operator.ask('POST', `/api/v1/orders/${id}/resolve`, { body: { note: 'x', ...body } })
  }
  const unsaid = await resolve({ action: 'credit' })
  deepEqual([unsaid.status, unsaid.at('error.param')], [400, 'amount_usd'])
  match(unsaid.textAt('error.message'), /at most 10\.5 USD/)
  equal((await resolve({ action: 'credit', amount_usd: '10.51' })).status, 409)
  const credited = await resolve({ action: 'credit', amount_usd: '10.5' })
  deepEqual(
    [
      credited.at('data.state'),
      credited.at('data.credits'),
      credited.at('data.received_usd'),
      credited.at('data.questions'),
    ],
    ['credited', '20000000', '10.5', []],
  )
  const sentBack = await resolve({ action: 'refund', amount_usd: '10' })
  deepEqual([sentBack.at('data.state'), sentBack.at('data.review')], ['refunded', null])
})

test('an order with two open questions is answered by name, and only with what each can be answered', async () => {
  const { order, refund, available } = await paid()
  bank.refund = 'by_hand'
  await refund({ amount_usd: '4' })
  bank.refund = 'sent'
  await tell(order, { kind: 'received', amount: usdCents(2_000) })
  const get = await operator.ask('GET', `/api/v1/orders/${order}`)
  deepEqual(
    (get.at('data.questions') as { about: string; waiting_usd: string }[]).map((each) => [
      each.about,
      each.waiting_usd,
    ]),
    [
      ['money', '9.5'],
      ['refund', '4'],
    ],
  )
  equal(get.at('data.account_name'), 'Payer')
  const resolve = (body: object) =>
    operator.ask('POST', `/api/v1/orders/${order}/resolve`, { body: { note: 'x', ...body } })
  const unnamed = await resolve({ action: 'refund' })
  deepEqual([unnamed.status, unnamed.at('error.param')], [400, 'about'])
  equal((await resolve({ about: 'refund', action: 'credit' })).status, 409)
  equal((await resolve({ about: 'refund', action: 'refund', amount_usd: '4' })).status, 400)
  const money = await resolve({ about: 'money', action: 'credit', amount_usd: '9.5' })
  deepEqual(
    (money.at('data.questions') as { about: string }[]).map(({ about }) => about),
    ['refund'],
  )
  equal(await available(), '31000000')
  const sent = await resolve({ action: 'refund' })
  deepEqual([sent.at('data.questions'), sent.at('data.review'), sent.at('data.refunded_usd')], [[], null, '4'])
  equal((await ask('GET', `/api/v1/orders/${(await buy()).textAt('data.id')}`)).at('data.account_name'), null)
})

test('money that came by itself is shown with the fee that was taken of it', async () => {
  const terms = { terms: { bps: 500, fixed: nanoUsd(0n) }, heldDays: 0 }
  const open = { accountId: acme.id, rail: 'crypto', amount: nanoUsd(0n), ...terms } as const
  const { id } = await createOrder(db, open, api.tools)
  await tell(id, { kind: 'received', amount: usdCents(1_050) })
  const shown = await ask('GET', `/api/v1/orders/${id}`)
  deepEqual(
    ['amount_usd', 'fee_usd', 'total_usd', 'credits'].map((name) => shown.at(`data.${name}`)),
    ['10', '0.5', '10.5', '20000000'],
  )
})

test('what an agent paid by HTTP is refunded over the chains that it came by', async () => {
  const terms = { terms: { bps: 0, fixed: nanoUsd(0n) }, heldDays: 0 }
  const { id } = await createOrder(db, { accountId: acme.id, rail: 'x402', amount: usd(5), ...terms }, api.tools)
  await tell(id, { kind: 'received', amount: usd(5) })
  const refunded = await operator.ask('POST', `/api/v1/orders/${id}/refund`, { body: {} })
  deepEqual([refunded.status, refunded.at('data.review')], [200, 'A refund waits to be sent by hand.'])
  await operator.ask('POST', `/api/v1/orders/${id}/resolve`, { body: { action: 'refund', note: '0xabc' } })
})

test('a refund that the bank refuses brings the credits back and says why', async () => {
  const { available, refund, get } = await paid()
  bank.refund = 'refused'
  const refused = await refund()
  bank.refund = 'sent'
  deepEqual([refused.at('data.refund_problem'), refused.at('data.refunded_usd')], ['The card is closed.', '0'])
  equal(await available(), '20000000')
  equal((await get()).textAt('data.state'), 'credited')
})

test('a refund of which nobody knows what became is asked for again as the same, until it is known', async () => {
  const { available, refund } = await paid()
  bank.refund = 'away'
  equal((await refund()).status, 200)
  equal(await available(), '0', 'the credits wait with it')
  const { id } = bank.refunds.at(-1)!
  bank.refund = 'sent'
  const later = { ...api.tools, clock: { ...api.options.clock, nowMs: () => Date.now() + 120_000 } }
  const retry = () =>
    retryRefunds(
      db,
      () => card,
      later,
      (error) => {
        throw error
      },
    )
  await Promise.all([retry(), retry()])
  equal(bank.refunds.filter((each) => each.id === id).length, 2)
  equal(await retry(), 0)
})

test('a refund that a person sends waits for the operator, who says that it was sent, or brings the credits back', async () => {
  for (const [action, credited, state] of [
    ['refund', '0', 'refunded'],
    ['reject', '20000000', 'credited'],
  ] as const) {
    const { order, available, refund } = await paid()
    bank.refund = 'by_hand'
    equal((await refund()).textAt('data.review'), 'A refund waits to be sent by hand.')
    bank.refund = 'sent'
    const waiting = await operator.ask('GET', '/api/v1/orders?review=true')
    equal((waiting.at('data') as { id: string }[])[0]?.id, order)
    const body = { action, note: '0xabc' }
    const resolved = await operator.ask('POST', `/api/v1/orders/${order}/resolve`, { body })
    deepEqual([resolved.status, resolved.at('data.review'), resolved.at('data.state')], [200, null, state])
    equal(await available(), credited)
    equal((await operator.ask('POST', `/api/v1/orders/${order}/resolve`, { body })).status, 409)
  }
})

test('after its time a refund is for the operator to make', async () => {
  const { customer, refund } = await paid()
  const old = await createOrder(
    db,
    { accountId: customer.id, rail: 'card', amount: usd(10), terms: { bps: 0, fixed: nanoUsd(0n) }, heldDays: 0 },
    api.tools,
  )
  await tell(old.id, { kind: 'received', amount: usd(10), at: new Date(Date.now() - 31 * 86_400_000) })
  const path = `/api/v1/orders/${old.id}/refund`
  const refused = await customer.manager.ask('POST', path, { body: {} })
  deepEqual([refused.status, refused.at('error.metadata')], [409, { refundable_usd: '0' }])
  match(refused.textAt('error.message'), /within 30 days; ask the operator/)
  equal((await operator.ask('POST', path, { body: {} })).textAt('data.state'), 'refunded')
  equal((await refund()).status, 200)
})

test('money that is not what was agreed waits for the operator, whose decision its payer reads', async () => {
  const resolve = async (received: number, body: object) => {
    const id = (await buy()).textAt('data.id')
    await tell(id, { kind: 'received', amount: usdCents(received) })
    const before = (await ask('GET', `/api/v1/orders/${id}`)) as { at: (path: string) => unknown }
    const reply = await operator.ask('POST', `/api/v1/orders/${id}/resolve`, { body: { note: 'As agreed.', ...body } })
    return { before, reply }
  }
  const credited = await resolve(525, { action: 'credit' })
  equal(credited.before.at('data.state'), 'underpaid')
  match(String(credited.before.at('data.problem')), /Less came than was agreed/)
  deepEqual([credited.reply.at('data.state'), credited.reply.at('data.credits')], ['credited', '10000000'])
  const timeline = credited.reply.at('data.timeline') as { words: string }[]
  ok(timeline.some(({ words }) => words === 'The operator had the money credited: As agreed.'))
  const sentBack = await resolve(2_000, { action: 'refund', amount_usd: '9.5' })
  deepEqual([sentBack.before.at('data.state'), sentBack.before.at('data.waiting_usd')], ['overpaid', '9.5'])
  deepEqual([sentBack.reply.at('data.state'), sentBack.reply.at('data.waiting_usd')], ['credited', '0'])
  const tooMuch = await resolve(525, { action: 'credit', amount_usd: '6' })
  deepEqual([tooMuch.reply.status, tooMuch.reply.at('error.metadata')], [409, { waiting_usd: '5.25' }])
  const audit = await operator.ask('GET', '/api/v1/audit?action=resolveOrder&limit=1')
  deepEqual([audit.at('data.0.after.action'), audit.at('data.0.after.note')], ['refund', 'As agreed.'])
})

test('who paid too little is told what becomes of it, and never to send more where that would be lost', async () => {
  const terms = { terms: { bps: 0, fixed: usdCents(100) }, heldDays: 0 }
  const words = async (rail: 'card' | 'crypto', amount: NanoUsd, came: number) => {
    const { id } = await createOrder(db, { accountId: acme.id, rail, amount, ...terms }, api.tools)
    await tell(id, { kind: 'received', amount: usdCents(came) })
    return (await ask('GET', `/api/v1/orders/${id}`)).textAt('data.problem')
  }
  equal(await words('card', usd(10), 500), 'Less came than was agreed. The operator will decide.')
  match(await words('crypto', usd(10), 500), /Send nothing more for it, since a price takes one payment/)
  match(
    await words('crypto', nanoUsd(0n), 50),
    /does not cover the fee.*what is sent from now on is a payment of its own/,
  )
})

test('where a refund goes is told: to the card, or to the address that paid, which may be an exchange', async () => {
  const refundsTo = async (rail: 'card' | 'crypto', amount: NanoUsd, data: object) => {
    const asked = { accountId: acme.id, rail, amount, terms: { bps: 0, fixed: nanoUsd(0n) }, heldDays: 0 } as const
    const { id } = await createOrder(db, asked, api.tools)
    equal((await ask('GET', `/api/v1/orders/${id}`)).at('data.refunds_to'), null)
    await tell(id, { kind: 'received', amount: usd(10), data: { ...data } })
    return (await ask('GET', `/api/v1/orders/${id}`)).at('data.refunds_to')
  }
  const payer = `0x${'ab'.repeat(20)}`
  const told = { kind: 'address', address: payer, chain_id: 31_337 }
  deepEqual(await refundsTo('card', usd(10), {}), { kind: 'card', address: null, chain_id: null, is_deposit: false })
  deepEqual(await refundsTo('crypto', usd(10), { payer, chain_id: 31_337 }), { ...told, is_deposit: false })
  deepEqual(await refundsTo('crypto', nanoUsd(0n), { payer, chain_id: 31_337 }), { ...told, is_deposit: true })
  const minted = { payer: `0x${'0'.repeat(40)}`, chain_id: 31_337 }
  equal(await refundsTo('crypto', nanoUsd(0n), minted), null)
})

test('what was spent before a dispute is owed: no call starts, and the next credits pay it', async () => {
  const { customer, order, available, get } = await paid()
  const { id: accountId } = customer
  await spend(api.lane, api.makeId(), { accountId, keyId: customer.inference.id, cost: credits(15_000_000) })
  await tell(order, { kind: 'disputed', amount: usdCents(1_050), disputeId: 'd' })
  const disputed = await get()
  equal(disputed.textAt('data.state'), 'disputed')
  match(disputed.textAt('data.timeline.5.words'), /7.5 USD of them had been spent and are owed/)
  const owing = await customer.manager.ask('GET', `/api/v1/accounts/${accountId}`)
  deepEqual([owing.at('data.credits.owed'), await available()], ['15000000', '0'])
  const debts = await customer.manager.ask('GET', `/api/v1/accounts/${accountId}/debts`)
  deepEqual([debts.at('data.0.kind'), debts.at('data.0.owed_credits')], ['dispute', '15000000'])
  const indebted = (await operator.ask('GET', '/api/v1/accounts?owing=true')).at('data') as { id: string }[]
  deepEqual(
    indebted.map(({ id }) => id),
    [accountId],
  )
  const forgiven = await operator.ask('POST', `/api/v1/accounts/${accountId}/debts/forgive`, {
    body: { credits: '1000000', reason: 'kindness' },
  })
  deepEqual(forgiven.at('data'), { forgiven_credits: '1000000', owed_credits: '14000000' })
  const audit = await operator.ask('GET', `/api/v1/accounts/${accountId}/audit?action=forgiveDebts`)
  deepEqual(audit.at('data.0.after'), { kind: 'forgiveness', credits: '1000000', reason: 'kindness' })
  const grant = { credits: '15000000', reason: 'x' }
  equal((await operator.ask('POST', `/api/v1/accounts/${accountId}/grants`, { body: grant })).status, 201)
  equal(await available(), '1000000')
  await tell(order, { kind: 'dispute_won', disputeId: 'd' })
  equal(await available(), '20000000', 'what was forgiven was never taken, and does not come back')
})

test('the reconciliation compares orders with the ledger, asks each rail, and says who could not be asked', async () => {
  const answered = await operator.ask('GET', '/api/v1/payments/reconciliation')
  equal(answered.status, 200)
  const parts = answered.at('data.parts') as { name: string; problem: string | null; checks: { ok: boolean }[] }[]
  deepEqual(
    parts.map(({ name, problem, checks }) => [name, problem, checks.every((check) => check.ok), checks.length]),
    [
      ['orders', null, true, 5],
      ['card', null, true, 1],
      ['crypto', 'It could not be asked: the node is away', true, 0],
    ],
  )
  equal(answered.at('data.ok'), false)
  const { invariants } = await reconcile(api.database)
  deepEqual(
    invariants.filter((each) => !each.ok),
    [],
  )
})
