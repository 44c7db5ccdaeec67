import { isObject, parseJson, type JsonObject } from '../../src/core/json.ts'
import { nanoUsd, toCredits } from '../../src/core/money.ts'
import type { UnitClass } from '../../src/credits/index.ts'
import { testDatabase, type Scope, type TestDatabase } from './database.ts'
import type { MockUpstream } from './mock-upstream.ts'
import { ask, type Answer, type AskOptions } from './ask.ts'
import { startServer, type ServerOptions, type TestServer } from './server.ts'

/** USD per million units, as an operator writes them. */
export type PriceTexts = Partial<Readonly<Record<UnitClass, string>>>

export type ModelOptions = {
  readonly id: string
  readonly prices?: PriceTexts
  readonly outputTokensMax?: number
  readonly offers: readonly {
    readonly providerId: string
    readonly upstreamModel: string
    readonly prices?: PriceTexts
    readonly capabilities?: Readonly<Record<string, boolean>>
  }[]
}

export type KeyOptions = {
  readonly limit_credits?: string
  readonly limit_window?: 'total' | 'day' | 'week' | 'month'
  readonly call_cap_credits?: string
}

/** Decimal credits, as the management API tells them. */
export type Balance = Readonly<Record<'available' | 'held' | 'spent' | 'granted', string>>

export type Customer = {
  readonly accountId: string
  readonly key: string
  readonly keyId: string
  readonly ask: (path: string, body: object | string | Buffer, options?: AskOptions) => Promise<Answer>
  readonly chat: (body: object, options?: AskOptions) => Promise<Answer>
  readonly balance: () => Promise<Balance>
  /** The receipt of an answer: GET /v1/generation. */
  readonly receipt: (answer: Pick<Answer, 'generation'>) => Promise<JsonObject>
}

/** A server on a database of its own, with upstreams that a test scripts, models at known prices, and customers with credits. */
export type Stage = {
  readonly server: TestServer
  readonly database: TestDatabase
  /** Returns the id of the provider. */
  readonly addUpstream: (mock: MockUpstream, options?: { name?: string; dialect?: string }) => Promise<string>
  /** Returns the ids of the offers. */
  readonly addModel: (model: ModelOptions) => Promise<readonly string[]>
  readonly setPrices: (modelId: string, prices: PriceTexts, more?: { offerId?: string; from?: Date }) => Promise<void>
  readonly addCustomer: (credits: string, key?: KeyOptions) => Promise<Customer>
  /** The same customer at another server of the same database. */
  readonly at: (url: string, customer: Customer) => Customer
  /** Whatever callers were answered, head and body, and what the server has logged. */
  readonly everythingSaid: () => string
}

/** The key that the server holds for every mock upstream: it must never be seen anywhere. */
export const upstreamKey = 'sk-upstream-key-that-nobody-may-see'

export async function openStage(scope: Scope, options: Omit<ServerOptions, 'databaseUrl'> = {}): Promise<Stage> {
  const database = await testDatabase(scope)
  const server = await startServer(scope, { ...options, databaseUrl: database.url })
  const answers: Answer[] = []
  const { manage } = server
  const create = async (path: string, body: object): Promise<string> =>
    (await manage<{ data: { id: string } }>('POST', path, body)).data.id
  let named = 0

  const customerAt = (
    url: string,
    { accountId, key, keyId }: Pick<Customer, 'accountId' | 'key' | 'keyId'>,
  ): Customer => {
    const send: Customer['ask'] = async (path, body, more) => {
      const answer = await ask(url, key, path, body, more)
      answers.push(answer)
      return answer
    }
    return {
      accountId,
      key,
      keyId,
      ask: send,
      chat: (body, more) =>
        send('/v1/chat/completions', { messages: [{ role: 'user', content: 'Hi' }], ...body }, more),
      balance: async () => (await manage<{ data: { credits: Balance } }>('GET', `/accounts/${accountId}`)).data.credits,
      async receipt({ generation }) {
        const response = await fetch(`${url}/v1/generation?id=${generation}`, {
          headers: { authorization: `Bearer ${key}` },
        })
        const body = parseJson(await response.text())
        if (!isObject(body) || !isObject(body['data']))
          throw new Error(`no receipt: ${response.status} ${JSON.stringify(body)}`)
        return body['data']
      },
    }
  }

  async function setPrices(
    modelId: string,
    prices: PriceTexts,
    more: { offerId?: string; from?: Date } = {},
  ): Promise<void> {
    for (const [unitClass, price] of Object.entries(prices)) {
      await manage('POST', '/prices', {
        model_id: modelId,
        class: unitClass,
        usd_per_million: price,
        ...(more.offerId !== undefined && { offer_id: more.offerId }),
        ...(more.from && { valid_from: more.from.toISOString() }),
      })
    }
  }

  return {
    server,
    database,
    addUpstream: (mock, { name = `upstream-${++named}`, dialect = 'compatible' } = {}) =>
      create('/providers', { name, dialect, base_url: mock.baseUrl, api_key: upstreamKey, allow_private: true }),
    async addModel({ id, prices = {}, outputTokensMax, offers }) {
      await manage('POST', '/models', {
        id,
        ...(outputTokensMax !== undefined && { output_tokens_max: outputTokensMax }),
      })
      await setPrices(id, prices)
      const made: string[] = []
      for (const offer of offers) {
        const offerId = await create('/offers', {
          model_id: id,
          provider_id: offer.providerId,
          upstream_model: offer.upstreamModel,
          ...(offer.capabilities && { capabilities: offer.capabilities }),
        })
        await setPrices(id, offer.prices ?? {}, { offerId })
        made.push(offerId)
      }
      return made
    },
    setPrices,
    async addCustomer(credits, keyOptions = {}) {
      const accountId = await create('/accounts', { name: 'A customer' })
      if (credits !== '0') await manage('POST', `/accounts/${accountId}/grants`, { credits, reason: 'test' })
      const made = await manage<{ key: string; data: { id: string } }>('POST', '/keys', {
        name: 'a key',
        account_id: accountId,
        ...keyOptions,
      })
      return customerAt(server.url, { accountId, key: made.key, keyId: made.data.id })
    },
    at: customerAt,
    everythingSaid: () =>
      [...answers.map(({ headers, text }) => `${JSON.stringify([...headers])}\n${text}`), server.output()].join('\n'),
  }
}

/** What units cost at prices, in credits: the sum of units x price, rounded up once to a nano-USD. */
export function creditsFor(units: Partial<Readonly<Record<UnitClass, number>>>, prices: PriceTexts): string {
  let total = 0n
  for (const [unitClass, count] of Object.entries(units)) {
    total += BigInt(count) * nanoPerMillion(prices[unitClass as UnitClass] ?? '0')
  }
  return toCredits(nanoUsd((total + 999_999n) / 1_000_000n))
}

function nanoPerMillion(text: string): bigint {
  const [whole = '0', fraction = ''] = text.split('.')
  return BigInt(whole + fraction.padEnd(9, '0'))
}

/** Decimal credits as thousandths, for sums. */
export const thousandths = (credits: string): bigint => nanoPerMillion(credits) / 1_000_000n

/** What stands at a path of a JSON value, such as `error.metadata.limit`. */
export const at = (value: unknown, path: string): unknown =>
  path.split('.').reduce((found: unknown, name) => (found as Record<string, unknown> | null | undefined)?.[name], value)

/** Waits until something is so, for what happens a moment after an answer: a log line, a cancel, a settle of an abort. */
export async function eventually(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  timeoutMs = 20_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`it did not become so: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
