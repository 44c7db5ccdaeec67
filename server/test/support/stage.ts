import { deepEqual } from 'node:assert/strict'
import type { Answer } from './ask.ts'
import { customerOf, type Customer } from './customer.ts'
import { testDatabase, type Scope, type TestDatabase } from './database.ts'
import type { PriceTexts } from './expected-cost.ts'
import type { MockUpstream } from './mock-upstream.ts'
import { temporaryFolder } from './scratch.ts'
import { startServer, type ServerOptions, type TestServer } from './server.ts'

export type ModelOptions = {
  readonly id: string
  readonly prices?: PriceTexts
  readonly outputTokensMax?: number
  readonly contextLength?: number
  readonly offers: readonly {
    readonly providerId: string
    readonly upstreamModel: string
    readonly prices?: PriceTexts
    readonly capabilities?: Readonly<Record<string, boolean>>
    readonly facts?: object
  }[]
}

export type KeyOptions = {
  readonly limit_credits?: string
  readonly limit_window?: 'total' | 'day' | 'week' | 'month'
  readonly call_cap_credits?: string
}

/** A server on a database of its own, with upstreams that a test scripts, models at known prices, and customers with credits. */
export type Stage = {
  /** The server as it runs now. */
  readonly server: () => TestServer
  readonly database: TestDatabase
  /** One more server on the same database and data directory. */
  readonly startSibling: (environment?: ServerOptions['environment']) => Promise<TestServer>
  /** Starts the server again on the same data, after whatever ended it. */
  readonly restart: () => Promise<void>
  /** Returns the id of the provider. */
  readonly addUpstream: (
    mock: Pick<MockUpstream, 'baseUrl'>,
    options?: { name?: string; dialect?: string },
  ) => Promise<string>
  /** Returns the ids of the offers. */
  readonly addModel: (model: ModelOptions) => Promise<readonly string[]>
  readonly setPrices: (modelId: string, prices: PriceTexts, more?: { offerId?: string; from?: Date }) => Promise<void>
  readonly addCustomer: (credits: string, key?: KeyOptions) => Promise<Customer>
  /** The same customer at another server of the same database. */
  readonly at: (url: string, customer: Customer) => Customer
  /** Fails unless every invariant of the ledger holds. */
  readonly reconcile: () => Promise<void>
  /** Whatever callers were answered, head and body, and what the servers have logged. */
  readonly everythingSaid: () => string
}

/** The key that the server holds for every mock upstream: it must never be seen anywhere. */
export const upstreamKey = 'sk-upstream-key-that-nobody-may-see'

export async function openStage(scope: Scope, environment: ServerOptions['environment'] = {}): Promise<Stage> {
  const database = await testDatabase(scope)
  const dataDir = await temporaryFolder(scope)
  const servers: TestServer[] = []
  const start = async (more: ServerOptions['environment'] = {}) => {
    const started = await startServer(scope, {
      databaseUrl: database.url,
      dataDir,
      // The cheapest first, so that a test knows who is asked; what is drawn by chance has tests of its own.
      environment: { REDPILL_ROUTE_ORDER: 'price', ...environment, ...more },
    })
    servers.push(started)
    return started
  }
  let server = await start()
  const answers: Answer[] = []
  const manage: TestServer['manage'] = (method, path, body) => server.manage(method, path, body)
  const customerOptions = { manage, url: () => server.url, heard: (answer: Answer) => void answers.push(answer) }

  return {
    server: () => server,
    database,
    startSibling: start,
    async restart() {
      server = await start()
    },
    ...catalogOf(manage),
    addCustomer: async (credits, key) => customerOf(await newCustomer(manage, credits, key), customerOptions),
    at: (url, customer) => customerOf(customer, { ...customerOptions, url: () => url }),
    async reconcile() {
      const { ok, invariants } = await manage<{ ok: boolean; invariants: { ok: boolean }[] }>('POST', '/reconcile')
      deepEqual([ok, invariants.filter((invariant) => !invariant.ok)], [true, []])
    },
    everythingSaid: () =>
      [
        ...answers.map(({ headers, text }) => `${JSON.stringify([...headers])}\n${text}`),
        ...servers.map(({ output }) => output()),
      ].join('\n'),
  }
}

type Manage = TestServer['manage']

const create = async (manage: Manage, path: string, body: object): Promise<string> =>
  (await manage<{ data: { id: string } }>('POST', path, body)).data.id

function catalogOf(manage: Manage): Pick<Stage, 'addUpstream' | 'addModel' | 'setPrices'> {
  let named = 0

  const setPrices: Stage['setPrices'] = async (modelId, prices, { offerId, from } = {}) => {
    for (const [unitClass, price] of Object.entries(prices)) {
      await manage('POST', '/prices', {
        ...{ model_id: modelId, class: unitClass, usd_per_million: price },
        ...(offerId !== undefined && { offer_id: offerId }),
        ...(from && { valid_from: from.toISOString() }),
      })
    }
  }

  return {
    addUpstream(mock, { name = `upstream-${++named}`, dialect = 'compatible' } = {}) {
      const secret = { api_key: upstreamKey, allow_private: true }
      return create(manage, '/providers', { name, dialect, base_url: mock.baseUrl, ...secret })
    },
    async addModel({ id, prices = {}, outputTokensMax, contextLength, offers }) {
      await manage('POST', '/models', {
        id,
        ...(outputTokensMax !== undefined && { output_tokens_max: outputTokensMax }),
        ...(contextLength !== undefined && { context_length: contextLength }),
      })
      await setPrices(id, prices)
      const made: string[] = []
      for (const { providerId, upstreamModel, capabilities = {}, facts = {}, prices: own = {} } of offers) {
        const names = { model_id: id, provider_id: providerId, upstream_model: upstreamModel }
        const offerId = await create(manage, '/offers', { ...names, capabilities, facts })
        await setPrices(id, own, { offerId })
        made.push(offerId)
      }
      return made
    },
    setPrices,
  }
}

async function newCustomer(manage: Manage, credits: string, key: KeyOptions = {}) {
  const accountId = await create(manage, '/accounts', { name: 'A customer' })
  if (credits !== '0') await manage('POST', `/accounts/${accountId}/grants`, { credits, reason: 'test' })
  const asked = { name: 'a key', account_id: accountId, ...key }
  const made = await manage<{ key: string; data: { id: string } }>('POST', '/keys', asked)
  return { accountId, key: made.key, keyId: made.data.id }
}
