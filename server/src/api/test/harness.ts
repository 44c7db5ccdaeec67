import { equal, ok } from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { clock } from '../../../test/support/clock.ts'
import { type Scope, testDatabase } from '../../../test/support/database.ts'
import {
  addMember,
  bootstrap,
  createAccount,
  createPerson,
  issueKey,
  type KeyKind,
  type MemberRole,
  openKeyCache,
} from '../../accounts/index.ts'
import { openCatalog } from '../../catalog/index.ts'
import {
  type BatchLane,
  openBatchLane,
  type ReserveRequest,
  type SettleRequest,
  sumUpUsage,
} from '../../credits/index.ts'
import { idSource, type Uuid } from '../../core/ids.ts'
import { nanoUsd, usd } from '../../core/money.ts'
import { noCrypto, noStripe, type Payments } from '../../payments/index.ts'
import { startJobs } from '../../platform/jobs/index.ts'
import { openNetworks } from '../../platform/http/index.ts'
import { openHealth } from '../../router/index.ts'
import { openSecrets } from '../../platform/secrets.ts'
import { type ApiFault, type ApiOptions, openApi, openLive } from '../index.ts'
import type { SignInOptions } from '../options.ts'
import { type BrowserOptions, openBrowser, openSignedIn } from './browser.ts'
import { type Ask, readReply, type Reply } from './reply.ts'

export type Client = (method: string, path: string, ask?: Ask) => Promise<Reply>

const chance = { bytes: (length: number) => randomBytes(length) }
const secrets = openSecrets('a secret that is long enough for a test', chance)
const makeId = idSource(clock, chance)

const silent = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} }
const noLimits = { requests: 0, tokens: 0, parallel: 0 }

/** Anybody may come, and nobody is mailed. */
const quietSignIn: SignInOptions = {
  rules: { signUp: 'open', welcomeCredits: nanoUsd(0n) },
  chains: new Map(),
  oauth: {},
  onOAuthFault: () => {},
  mailer: undefined,
  onCode: () => {},
  onMailFault: (error) => {
    throw error
  },
}

/** From 5 to 1,000 USD; a card costs 5 % more. */
const paymentSettings: Payments['settings'] = {
  ...{ minimum: usd(5), maximum: usd(1_000), cardHeldDays: 14, refundDays: 30 },
  cardFee: { bps: 500, fixed: nanoUsd(0n) },
  cryptoFee: { bps: 0, fixed: nanoUsd(0n) },
}

/** A fault of ours is never what a test asks for, unless it says so. */
function rethrow({ error }: ApiFault): void {
  throw error
}

/** The API over a database of its own, with an operator, a demo account, and whatever the test adds. */
export async function openTestApi(
  scope: Scope,
  onFault: NonNullable<ApiOptions['onFault']> = rethrow,
  rails: Payments['rails'] = {},
) {
  // Clean-ups run in the order in which they were asked for, and the database waits for whoever still uses it.
  const users: { readonly close: () => Promise<void> }[] = []
  scope.after(async () => {
    for (const user of users) await user.close()
  })
  const database = await testDatabase(scope)
  const { db } = database
  const tools = { db, secrets, clock, chance, makeId }
  const first = await bootstrap(tools)
  ok(first.kind === 'created')
  const keys = await openKeyCache({ database, secrets, clock })
  const catalog = await openCatalog({ database, secrets })
  const lane = openBatchLane({ database, clock, processId: makeId() })
  users.push(lane, catalog, keys)
  const payments: Payments = { settings: paymentSettings, rails }
  const live = await openLive({
    database,
    clock,
    payments,
    warn: (_message, error) => onFault({ method: 'GET', path: '', error }),
  })
  users.unshift(live)
  const health = openHealth()
  const options: ApiOptions = {
    ...{ database, catalog, secrets, clock, makeId, chance },
    authenticate: keys.authenticate,
    trustedProxies: openNetworks([]),
    health,
    live,
    jobs: startJobs([{ name: 'sum-up-usage', everyMs: 3_600_000, run: () => sumUpUsage(db) }], silent, clock),
    rateLimits: { key: noLimits, account: noLimits },
    metrics: { text: () => Promise.resolve('redpill_up 1\n'), access: 'operator' },
    signIn: quietSignIn,
    stripe: noStripe,
    crypto: noCrypto,
    payments,
    onFault,
  }
  const app = openApi(options)
  const as = (key: string | undefined): Client => client((request) => app.request(request), key)

  const issue = async (accountId: Uuid, kind: KeyKind) => {
    const key = { id: makeId(), accountId, kind, name: kind, createdAt: new Date(clock.nowMs()) }
    const issued = await issueKey(db, key, { secrets, chance })
    ok(issued.kind === 'issued')
    return { id: issued.key.id, secret: issued.secret, ask: as(issued.secret) }
  }

  /** A customer with a management and an inference key. */
  const makeCustomer = async (name: string) => {
    const { id } = await createAccount(db, { id: makeId(), name, kind: 'customer', createdAt: new Date(clock.nowMs()) })
    return { id, manager: await issue(id, 'management'), inference: await issue(id, 'inference') }
  }

  const serve = (request: Request) => app.request(request)

  /** Somebody with these roles, and a browser where they are signed in. */
  const makePerson = async (name: string, roles: Readonly<Record<Uuid, MemberRole>>, seat: BrowserOptions = {}) => {
    const createdAt = new Date(clock.nowMs())
    const { id } = await createPerson(db, { id: makeId(), name, email: undefined, createdAt })
    for (const [accountId, role] of Object.entries(roles))
      await addMember(db, { accountId, personId: id, role, createdAt })
    return { id, browser: await openSignedIn(serve, tools, id, seat) }
  }

  return {
    ...{ app, options, tools, database, db, catalog, lane, makeId, makeCustomer, makePerson, issue, as },
    browser: (seat: BrowserOptions = {}) => openBrowser(serve, seat),
    operator: { id: first.operatorId, secret: first.keys.operatorKey, ask: as(first.keys.operatorKey) },
    demo: { id: first.demoId, secret: first.keys.demoKey, ask: as(first.keys.demoKey) },
  }
}

function client(serve: (request: Request) => Response | Promise<Response>, key: string | undefined): Client {
  return async (method, path, { body, raw, headers = {} } = {}) => {
    const text = raw ?? (body === undefined ? undefined : JSON.stringify(body))
    const response = await serve(
      new Request(`http://localhost:8787${path}`, {
        method,
        headers: {
          ...(key !== undefined && { authorization: `Bearer ${key}` }),
          ...(text !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(text !== undefined && { body: text }),
      }),
    )
    return readReply(method, path, response)
  }
}

/** Every entry of a list, read in pages of `limit`. */
export async function readPages<Entry>(ask: Client, path: string, limit: number): Promise<Entry[]> {
  const entries: Entry[] = []
  const separator = path.includes('?') ? '&' : '?'
  for (let cursor = ''; ;) {
    const page = await ask('GET', `${path}${separator}limit=${limit}${cursor}`)
    const data = page.at('data') as Entry[]
    ok(data.length <= limit)
    entries.push(...data)
    if (page.at('next_cursor') === null) return entries
    cursor = `&cursor=${page.textAt('next_cursor')}`
  }
}

export type Spend = { readonly accountId: Uuid; readonly keyId: Uuid } & Partial<
  Pick<
    SettleRequest,
    'cost' | 'state' | 'status' | 'modelId' | 'units' | 'detail' | 'provider' | 'offerId' | 'providerShareBps'
  >
>

/** Starts a call as the gateway does: holds what it may cost. */
export async function hold(lane: BatchLane, callId: Uuid, { accountId, keyId, cost = nanoUsd(0n) }: Spend) {
  const request: ReserveRequest = {
    ...{ callId, accountId, keyId },
    amountMin: cost,
    amountWanted: cost,
    expiresAtMs: clock.nowMs() + 60_000,
    context: { modelId: 'local/echo', provider: 'local', endpoint: 'chat', streamed: true, request_id: 'r-1' },
  }
  const reserved = await lane.reserve(request)
  equal(reserved.kind, 'held')
}

/** Makes a call and charges it, as the gateway does. */
export async function spend(lane: BatchLane, callId: Uuid, call: Spend): Promise<void> {
  await hold(lane, callId, call)
  const settled = await lane.settle({
    callId,
    cost: call.cost ?? nanoUsd(0n),
    providerShareBps: call.providerShareBps ?? 0,
    state: call.state ?? 'ok',
    status: call.status ?? 200,
    modelId: call.modelId ?? 'local/echo',
    provider: call.provider ?? 'local',
    offerId: call.offerId,
    units: call.units ?? {},
    usageSource: 'provider',
    promptBytes: 10,
    firstByteMs: 5,
    durationMs: 20,
    detail: call.detail ?? {},
  })
  equal(settled.kind, 'settled')
}

/** Waits until something is so: a change reaches a cache by a notification, a moment later. */
export async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 2_400; turn++) {
    if (await isSo()) return
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error('it did not become so within a minute')
}
