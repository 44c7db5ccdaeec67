import { deepEqual, equal, ok } from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { clock } from '../../../test/support/clock.ts'
import { testDatabase } from '../../../test/support/database.ts'
import { createAccount, issueKey } from '../../accounts/index.ts'
import { idSource, type Uuid } from '../../core/ids.ts'
import type { JsonObject } from '../../core/json.ts'
import { credits, nanoUsd } from '../../core/money.ts'
import { sumUpUsage } from '../../credits/index.ts'
import { openSecrets } from '../../platform/secrets.ts'
import {
  createUsageAlert,
  createWebhook,
  dismissKeyNotice,
  eventTypes,
  listDeliveries,
  listKeyNotices,
  type UsageAlert,
  watchUse,
} from '../index.ts'
import { isStrange, isSurge } from './judge.ts'

const scope = { after }
const database = await testDatabase(scope)
const { db } = database
const chance = { bytes: (length: number) => randomBytes(length) }
// In the middle of an hour, so that no test sees another one begin.
const nowMs = Math.floor(clock.nowMs() / 3_600_000) * 3_600_000 + 1_800_000
const makeId = idSource(clock, chance)
const secrets = openSecrets('a secret that is long enough for a test', chance)
const tools = { clock: { nowMs: () => nowMs }, chance, makeId, secrets }

async function makeCustomer() {
  const at = new Date(nowMs)
  const { id } = await createAccount(db, { id: makeId(), name: 'A customer', kind: 'customer', createdAt: at })
  const key = { id: makeId(), accountId: id, kind: 'inference' as const, name: 'a key', createdAt: at }
  const issued = await issueKey(db, key, { secrets, chance })
  ok(issued.kind === 'issued')
  const webhook = { url: 'https://hooks.example.com', events: eventTypes, allAccounts: false, allowPrivate: false }
  const made = await createWebhook(db, { accountId: id, ...webhook }, tools)
  ok(made.kind === 'created')
  return { id, keyId: issued.key.id, webhookId: made.webhook.id }
}
type Customer = Awaited<ReturnType<typeof makeCustomer>>

type Called = {
  readonly hoursAgo?: number
  readonly model?: string
  readonly cost?: number
  readonly status?: number
  readonly detail?: JsonObject
}

let sequence = 1_000_000
/** The receipt of a call, as its settle writes it; the ledger itself refuses calls of the past. */
async function call(customer: Customer, called: Called = {}): Promise<void> {
  const { hoursAgo = 0, model = 'm', cost = 1, status = 200, detail = {} } = called
  const at = new Date(nowMs - hoursAgo * 3_600_000)
  const charged = credits(cost)
  await database.pool.query(
    `insert into charge (call_id, at, counted_at, settled_at, account_id, key_id, sequence, balance_after, held, charged,
       shortfall, provider_amount, prompt_bytes, duration_ms, status, state, usage_source, model_id, detail)
     values ($1, $2, $2, $2, $3, $4, $5, 0, $6, $6, 0, 0, 0, 1, $7, 'ok', 'none', $8, $9)`,
    [makeId(), at, customer.id, customer.keyId, cost === 0 ? null : sequence++, charged, status, model, detail],
  )
}

/** As the job does, in several processes at once. */
async function watch(): Promise<void> {
  await sumUpUsage(db)
  await Promise.all(Array.from({ length: 4 }, () => watchUse(db, tools)))
}

const noticed = async (accountId: Uuid) =>
  (await listKeyNotices(db, { accountId, beforeId: undefined, limit: 50 }))
    .toReversed()
    .map(({ kind, detail }) => ({ kind, ...detail }))
const told = async ({ webhookId }: Customer) =>
  (await listDeliveries(db, { webhookId, beforeId: undefined, limit: 50 })).map(({ type, data }) => [
    type,
    data['kind'],
  ])

test('the first call to a model of a key that has been used for days is noticed and told once, a failed one never', async () => {
  const customer = await makeCustomer()
  await call(customer, { hoursAgo: 100, model: 'usual' })
  await call(customer, { hoursAgo: 50, model: 'early' })
  await watch()
  deepEqual(await noticed(customer.id), [])
  await call(customer, { model: 'dear', status: 502 })
  await call(customer, { model: 'usual' })
  await watch()
  deepEqual(await noticed(customer.id), [])
  for (let turn = 0; turn < 2; turn++) {
    await call(customer, { model: 'dear' })
    await watch()
  }
  deepEqual(await noticed(customer.id), [{ kind: 'model', model: 'dear' }])
  deepEqual(await told(customer), [['key.unusual', 'model']])
})

test('what is dismissed is listed no more, and not noticed again', async () => {
  const customer = await makeCustomer()
  await call(customer, { hoursAgo: 100, model: 'usual' })
  await call(customer, { model: 'new' })
  await watch()
  const [notice] = await listKeyNotices(db, { accountId: customer.id, beforeId: undefined, limit: 1 })
  ok((await dismissKeyNotice(db, notice!.id, new Date(nowMs)))?.dismissedAt)
  await call(customer, { model: 'new' })
  await watch()
  deepEqual(await noticed(customer.id), [])
})

test('a new key is told of nothing, nor is what happened long ago', async () => {
  const [young, old] = [await makeCustomer(), await makeCustomer()]
  for (const hoursAgo of [70, 30, 0]) await call(young, { hoursAgo, model: `m${hoursAgo}` })
  await call(old, { hoursAgo: 300 })
  await watch()
  await call(old, { hoursAgo: 48, model: 'of two days ago' })
  await watch()
  deepEqual([await noticed(young.id), await noticed(old.id)], [[], []])
})

test('a country from which a key was never used is noticed; where countries were not known before, none is', async () => {
  const [before, customer] = [await makeCustomer(), await makeCustomer()]
  await call(before, { hoursAgo: 100 })
  await call(customer, { hoursAgo: 100, detail: { country: 'DE' } })
  await watch()
  for (const each of [before, customer]) await call(each, { detail: { country: 'KP' } })
  await watch()
  deepEqual(await noticed(before.id), [])
  deepEqual(await noticed(customer.id), [{ kind: 'country', country: 'KP' }])
})

test('an hour that costs five times the usual one is noticed, once a day; a little less is not', async () => {
  const [calm, wild] = [await makeCustomer(), await makeCustomer()]
  for (const customer of [calm, wild])
    for (let hoursAgo = 1; hoursAgo <= 24; hoursAgo++) await call(customer, { hoursAgo: hoursAgo * 3, cost: 50_000 })
  await call(calm, { cost: 249_999 })
  await call(wild, { cost: 250_000 })
  await watch()
  await call(wild, { cost: 50_000 })
  await watch()
  deepEqual(await noticed(calm.id), [])
  deepEqual(await noticed(wild.id), [{ kind: 'spend', spent_credits: '250000', usual_credits: '50000' }])
  deepEqual(await told(wild), [['key.unusual', 'spend']])
})

test('use that reaches an alert is told once in its span: spend, calls or failures, of all, of a key or of a model', async () => {
  const customer = await makeCustomer()
  const alert = (id: Uuid, more: Partial<UsageAlert>) =>
    createUsageAlert(db, {
      ...{ id, accountId: customer.id, metric: 'spend', span: 'day', threshold: credits(1_000) },
      ...{ keyId: undefined, modelId: undefined, createdAt: new Date(nowMs), ...more },
    })
  const [spend, calls, errors, ofModel, ofOther] = [makeId(), makeId(), makeId(), makeId(), makeId()]
  await alert(spend, {})
  await alert(calls, { metric: 'calls', threshold: 3n, keyId: customer.keyId })
  await alert(errors, { metric: 'errors', threshold: 1n, span: 'hour' })
  await alert(ofModel, { modelId: 'dear', threshold: credits(600) })
  await alert(ofOther, { metric: 'calls', threshold: 1n, keyId: makeId() })
  const reached = async () =>
    (await listDeliveries(db, { webhookId: customer.webhookId, beforeId: undefined, limit: 50 }))
      .map(({ data }) => JSON.stringify([data['alert_id'], data['used']]))
      .toSorted()
  await call(customer, { cost: 500, model: 'cheap' })
  await call(customer, { cost: 499, model: 'dear' })
  await watch()
  deepEqual(await reached(), [])
  await call(customer, { cost: 101, model: 'dear' })
  await watch()
  const three = [
    [spend, '1100'],
    [calls, '3'],
    [ofModel, '600'],
  ].map((each) => JSON.stringify(each))
  deepEqual(await reached(), three.toSorted())
  await call(customer, { cost: 0, status: 502, model: 'cheap' })
  await watch()
  await watch()
  deepEqual(await reached(), [...three, JSON.stringify([errors, '1'])].toSorted())
})

test('however many keys and models come at once, each is learned', async () => {
  const customer = await makeCustomer()
  const models = 18_000
  await database.pool.query(
    `insert into charge (call_id, at, counted_at, settled_at, account_id, key_id, balance_after, held, charged, shortfall,
       provider_amount, prompt_bytes, duration_ms, status, state, usage_source, model_id, detail)
     select gen_random_uuid(), $1, $1, $1, $2, $3, 0, 0, 0, 0, 0, 0, 1, 200, 'ok', 'none', 'm' || n, '{}'
     from generate_series(1, $4::integer) as n`,
    [new Date(nowMs), customer.id, customer.keyId, models],
  )
  await watch()
  const { rows } = await database.pool.query<{ count: string }>(
    'select count(*) as count from key_habit where key_id = $1',
    [customer.keyId],
  )
  equal(Number(rows[0]!.count), models)
})

test('nothing is strange or dear without something usual to hold it against', () => {
  const amount = fc.bigInt({ min: 0n, max: 10n ** 15n }).map(nanoUsd)
  fc.assert(
    fc.property(amount, amount, fc.nat(1_000), (spent, usual, hours) => {
      equal(isSurge({ spent, usual: undefined, hours: 0 }), false)
      if (isSurge({ spent, usual, hours })) ok(hours >= 24 && spent >= usual * 5n && spent >= credits(200_000))
    }),
  )
  equal(isStrange({ since: new Date(nowMs), count: 1 }, new Date(nowMs)), false)
  equal(isStrange({ since: new Date(0), count: 9 }, new Date(nowMs)), true)
  equal(isStrange({ since: new Date(0), count: 10 }, new Date(nowMs)), false)
})
