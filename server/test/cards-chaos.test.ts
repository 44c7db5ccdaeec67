import { deepEqual, equal, ok } from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { developmentKey, developmentSecret, startStripeEmulator, type StripeEmulator } from '../../dev/stripe/index.ts'
import { createRefund } from '../../dev/stripe/objects/refunds.ts'
import { nanoUsd, type NanoUsd, usd } from '../src/core/money.ts'
import { balancesOf, openBatchLane, registerProcess } from '../src/credits/index.ts'
import { cardNumbers, payOn } from './support/cards.ts'
import { clock } from './support/clock.ts'
import { eventually } from './support/eventually.ts'
import { keyOf, makeId, reserveOf, settleOf } from './support/ledger-fixture.ts'
import { randomSource, type RandomSource } from './support/ledger-random.ts'
import { atEnd } from './support/scope.ts'
import { openStage, type Stage } from './support/stage.ts'
import type { TestServer } from './support/server.ts'

const topUps = Number(process.env['REDPILL_CHAOS_TOP_UPS'] ?? 200)
const seed = Number(process.env['REDPILL_CHAOS_SEED'] ?? randomInt(2 ** 31))
const accountsMax = 25
/** Payers at once. */
const atOnce = 8

const chaos = { fail_before: 0.08, lose_answer: 0.08, duplicate: 2, drop: 0.7, shuffle_ms: 400, latency_ms: 1 }
const calm = { fail_before: 0, lose_answer: 0, duplicate: 0, drop: 0, shuffle_ms: 0, latency_ms: 0 }

type TopUp = { readonly accountId: string; readonly id: string; readonly amount: NanoUsd; readonly isPaid: boolean }

test(`${topUps} top-ups with refunds, disputes and spending, under webhooks that are lost, tripled, shuffled and refused, lost answers and a killed gateway: every account is exact`, async (t) => {
  t.diagnostic(`again with REDPILL_CHAOS_SEED=${seed}`)
  const random = randomSource(seed)
  const emulator = await startStripeEmulator({ retryDelaysMs: [200, 400, 800] })
  atEnd(t, emulator.close)
  const { stage, servers, stopOne } = await openServers(t, emulator)
  const accounts = await makeAccounts(stage)
  const spender = await openSpender(t, stage)
  emulator.setChaos({ ...chaos, seed })

  const done: TopUp[] = []
  const plans = Array.from({ length: topUps }, (_, n) => planOf(random, n, accounts))
  const rest = plans.values()
  const payers = Array.from({ length: atOnce }, async () => {
    for (const plan of rest) done.push(await live(plan, { servers, emulator, spender }))
  })
  await eventually('half of them have paid', () => done.length >= topUps / 2, 600_000)
  await stopOne()
  await Promise.all(payers)
  await closeDisputes(emulator, random)
  emulator.setChaos(calm)
  await emulator.settled()

  const before = await wrongAccounts(stage, emulator, done)
  await sweepAll(stage, servers)
  // What was looked at last may be on its way to the ledger still.
  await eventually('every account is exact', async () => {
    return (await wrongAccounts(stage, emulator, done)).list.length === 0
  }).catch(() => {})
  const wrong = await wrongAccounts(stage, emulator, done)
  deepEqual(wrong.list, [])
  await stage.reconcile()
  await assertOnce(stage, done)
  await tell(t, { stage, emulator, done, before: before.list.length, ...wrong })
})

async function openServers(t: TestContext, emulator: StripeEmulator) {
  const environment = {
    ...{ STRIPE_SECRET_KEY: developmentKey, STRIPE_WEBHOOK_SECRET: developmentSecret },
    ...{ REDPILL_STRIPE_API_URL: emulator.url, REDPILL_TOP_UP_MIN_USD: '1', REDPILL_LOG_LEVEL: 'error' },
  }
  const stage = await openStage(t, environment)
  const victim = await stage.startSibling()
  const servers = [stage.server(), await stage.startSibling(), victim]
  for (const { url } of servers) emulator.sendWebhooksTo(`${url}/api/v1/payments/stripe/webhook`)
  const stopOne = async () => {
    servers.pop()
    await victim.kill()
  }
  return { stage, servers, stopOne }
}

const makeAccounts = (stage: Stage): Promise<string[]> =>
  Promise.all(
    Array.from({ length: Math.min(accountsMax, topUps) }, async (_, n) => {
      const made = await stage.server().manage<{ data: { id: string } }>('POST', '/accounts', { name: `Payer ${n}` })
      return made.data.id
    }),
  )

type Plan = {
  readonly n: number
  readonly accountId: string
  readonly cents: number
  readonly card: string | undefined
  readonly isTriedFirst: boolean
  /** Whether its account spends what comes as soon as it comes. */
  readonly spends: boolean
  /** Of a hundred, in parts, by whom: at once as the payer asks here, or as somebody does in Stripe's dashboard. */
  readonly refunds: readonly { readonly percent: number; readonly here: boolean }[]
}

function planOf(random: RandomSource, n: number, accounts: readonly string[]): Plan {
  const fate = random.below(100)
  const card =
    fate < 4
      ? undefined
      : fate < 16
        ? cardNumbers.disputed
        : fate < 22
          ? cardNumbers.refundFails
          : fate < 26
            ? cardNumbers.inquiry
            : cardNumbers.good
  const parts = random.below(100) < 45 ? 1 + random.below(3) : 0
  return {
    ...{ n, accountId: accounts[n % accounts.length]!, cents: 100 + random.below(9_900), card },
    isTriedFirst: random.below(10) === 0,
    spends: (n % accounts.length) % 4 === 0,
    refunds: Array.from({ length: parts }, () => ({ percent: 1 + random.below(33), here: random.below(2) === 0 })),
  }
}

type World = { readonly servers: readonly TestServer[]; readonly emulator: StripeEmulator; readonly spender: Spender }

type Spender = (accountId: string, cost: NanoUsd) => Promise<void>

/** Calls that cost credits, so that disputes come when there is nothing left to take. */
async function openSpender(t: TestContext, { database }: Stage): Promise<Spender> {
  const processId = makeId()
  await registerProcess(database.db, { id: processId, host: 'test', pid: process.pid })
  const lane = openBatchLane({ database, clock, processId })
  atEnd(t, lane.close)
  return async (accountId, cost) => {
    const [callId, keyId] = [makeId(), await keyOf(database.db, accountId)]
    const { kind } = await lane.reserve(reserveOf(callId, accountId, keyId, cost))
    if (kind === 'held') await lane.settle(settleOf(callId, cost))
  }
}

/** What one payer does: repeats what had no answer, under the same key and at whichever gateway is there. */
async function live(plan: Plan, world: World): Promise<TopUp> {
  const { n, accountId, cents, card } = plan
  const body = { rail: 'card', amount_usd: (cents / 100).toFixed(2) }
  const made = await insist(world, `/accounts/${accountId}/orders`, body, `top-up-${n}`)
  const { id, pay } = made.data as { id: string; pay: { url: string } }
  const topUp = { accountId, id, amount: nanoUsd(BigInt(cents) * 10_000_000n), isPaid: card !== undefined }
  if (card === undefined) return topUp
  if (plan.isTriedFirst) equal((await payOn(pay.url, cardNumbers.declined)).location, undefined)
  ok((await payOn(pay.url, card)).location)
  if (n % 3 === 0 || plan.spends || plan.refunds.some(({ here }) => here)) await comeBack(world, id)
  if (plan.spends) await world.spender(accountId, topUp.amount)
  for (const [part, { percent, here }] of plan.refunds.entries()) {
    const amount = Math.max(Math.floor((cents * percent) / 100), 1)
    if (here) await ask(world, `/orders/${id}/refund`, { amount_usd: (amount / 100).toFixed(2) }, `refund-${n}-${part}`)
    else refundAtStripe(world, id, amount)
  }
  return topUp
}

/** In Stripe's dashboard, where chaos does not reach. Disputed payments cannot be refunded there either. */
function refundAtStripe({ emulator: { world } }: World, orderId: string, amount: number): void {
  const intent = world.paymentIntents.newestFirst().find(({ metadata }) => metadata['redpill_order'] === orderId)!
  const charge = world.charges.get(intent.latest_charge as string)
  if (charge.disputed || amount > charge.amount - charge.amount_refunded) return
  createRefund(world, { charge: charge.id, amount })
}

const gatewayOf = ({ servers }: World): TestServer => servers[randomInt(servers.length)]!

type Answer = { readonly status: number; readonly data: unknown }

async function ask(world: World, path: string, body: object, key: string): Promise<Answer> {
  const { url, operatorKey } = gatewayOf(world)
  const headers = { authorization: `Bearer ${operatorKey}`, 'content-type': 'application/json', 'idempotency-key': key }
  try {
    const answer = await fetch(`${url}/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    const { data } = (await answer.json()) as { data?: unknown }
    return { status: answer.status, data }
  } catch {
    return { status: 0, data: undefined } // its gateway was killed
  }
}

async function insist(world: World, path: string, body: object, key: string): Promise<Answer> {
  for (;;) {
    const answer = await ask(world, path, body, key)
    if (answer.status >= 200 && answer.status < 300) return answer
    ok(answer.status === 0 || answer.status >= 500 || answer.status === 409, `${path}: ${answer.status}`)
    await sleep(50)
  }
}

const comeBack = (world: World, id: string) =>
  fetch(`${gatewayOf(world).url}/api/v1/payments/stripe/return?order_id=${id}`, { redirect: 'manual' }).catch(() => {})

/** The banks decide about two of three disputes. */
function closeDisputes(emulator: StripeEmulator, random: RandomSource): Promise<void> {
  for (const { id, status } of emulator.world.disputes.newestFirst()) {
    const verdict = random.below(3)
    if (verdict < 2 && status === 'needs_response') emulator.closeDispute(id, verdict === 0 ? 'won' : 'lost')
  }
  emulator.advance(14 * 24 * 3_600_000) // refunds that fail do so days later
  return Promise.resolve()
}

/** What each account has to have, by Stripe's own books alone. */
function expectedOf(emulator: StripeEmulator, done: readonly TopUp[]): ReadonlyMap<string, bigint> {
  const { paymentIntents, charges, refunds, disputes } = emulator.world
  const byOrder = new Map(
    paymentIntents
      .newestFirst()
      .filter(({ status }) => status === 'succeeded')
      .map((intent) => [intent.metadata['redpill_order'], charges.get(intent.latest_charge as string)]),
  )
  const sums = new Map<string, bigint>()
  for (const { accountId, id } of done) {
    const charge = byOrder.get(id)
    const back = refunds.newestFirst().filter((each) => each.charge === charge?.id && each.status === 'succeeded')
    const taken = disputes
      .newestFirst()
      .filter((each) => each.charge === charge?.id && !/^warning|won/.test(each.status))
    const gone = [...back, ...taken].reduce((sum, { amount }) => sum + amount, 0)
    const cents = charge ? Math.max(charge.amount - gone, 0) : 0
    sums.set(accountId, (sums.get(accountId) ?? 0n) + BigInt(cents) * 10_000_000n)
  }
  return sums
}

async function wrongAccounts(stage: Stage, emulator: StripeEmulator, done: readonly TopUp[]) {
  const expected = expectedOf(emulator, done)
  const balances = await balancesOf(stage.database.db, [...expected.keys()])
  const list = [...expected].flatMap(([id, should]) => {
    const { available, held, spent, owed } = balances.get(id)!
    const has = available + held + spent - owed
    return has === should ? [] : [`${id} came by ${has}, should have come by ${should}`]
  })
  return { list, expected: [...expected.values()].reduce((sum, each) => sum + each, 0n) }
}

/** The time comes at which everything is looked at again; then until nothing is left to do. */
async function sweepAll(stage: Stage, servers: readonly TestServer[]): Promise<void> {
  const { pool } = stage.database
  await pool.query(`update stripe_sweep set next_at = now(), read_until = read_until - interval '1 day'`)
  await pool.query('update stripe_payment set next_read_at = now() where next_read_at is not null')
  await pool.query(`update stripe_event set next_at = now() where state = 'waiting'`)
  await pool.query(`update payment_refund set next_at = now() where state = 'asked'`)
  const swept = new Date()
  const left = async (text: string) => Number((await pool.query<{ n: string }>(text, [swept])).rows[0]!.n)
  await eventually(
    'everything was looked at',
    async () => {
      for (const server of servers) await server.manage('POST', '/jobs/retry-refunds/run').catch(() => {})
      const payments = 'select count(*) as n from stripe_payment where next_read_at <= $1'
      const events = `select count(*) as n from stripe_event where state = 'waiting' and $1::timestamptz is not null`
      const sweeps = 'select count(*) as n from stripe_sweep where next_at <= $1'
      const refunds = `select count(*) as n from payment_refund where state = 'asked' and created_at <= $1`
      for (const text of [payments, events, sweeps, refunds]) if ((await left(text)) > 0) return false
      return true
    },
    600_000,
  )
}

/** One purchase on the ledger for each order that was paid, and none for any other. */
async function assertOnce(stage: Stage, done: readonly TopUp[]): Promise<void> {
  const { rows } = await stage.database.pool.query<{ n: string; amount: string }>(
    `select count(*) as n, coalesce(sum(amount), 0) as amount from transfer where kind = 'purchase'`,
  )
  const paid = done.filter(({ isPaid }) => isPaid)
  equal(Number(rows[0]!.n), paid.length)
  equal(
    BigInt(rows[0]!.amount),
    paid.reduce((sum, { amount }) => sum + amount, 0n),
  )
}

type Outcome = {
  readonly stage: Stage
  readonly emulator: StripeEmulator
  readonly done: readonly TopUp[]
  readonly before: number
  readonly expected: bigint
}

async function tell(t: TestContext, { stage, emulator, done, before, expected }: Outcome): Promise<void> {
  const { refunds, disputes, events } = emulator.world
  const { rows } = await stage.database.pool.query<Record<string, string>>(
    `select count(*) as events, count(*) filter (where source = 'sweep') as swept, max(attempts) as tries from stripe_event`,
  )
  const { rows: owing } = await stage.database.pool.query<{ n: string }>(
    'select count(*) as n from ledger_account where owed > 0',
  )
  const paid = done.filter(({ isPaid }) => isPaid)
  const cameIn = paid.reduce((sum, { amount }) => sum + amount, 0n)
  const inUsd = (amount: bigint) => `${amount / usd(1)} USD`
  t.diagnostic(
    `${done.length} top-ups, ${paid.length} paid (${inUsd(cameIn)}), ${refunds.newestFirst().length} refunds, ` +
      `${disputes.newestFirst().length} disputes; ${events.newestFirst().length} events at Stripe, ${rows[0]!['events']} in ` +
      `the inbox, ${rows[0]!['swept']} of them by the sweep; ${before} accounts were wrong before the sweep, 0 after; ` +
      `${inUsd(expected)} stand, and ${owing[0]!.n} accounts owe what they had spent`,
  )
}
