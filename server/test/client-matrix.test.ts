/** Every client does everything with every dialect: what it asks reaches the provider, what is answered reaches it, all is charged. */
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { dialects as providerDialects } from '../src/providers/index.ts'
import { aiSdk } from './client-matrix/ai-sdk-clients.ts'
import { anthropic } from './client-matrix/anthropic-client.ts'
import { dialects, type Dialect, type Upstream } from './client-matrix/dialects.ts'
import { langchain } from './client-matrix/langchain-clients.ts'
import { openaiChat, openaiCompletions, openaiResponses } from './client-matrix/openai-clients.ts'
import { openrouter } from './client-matrix/openrouter-client.ts'
import { png, things, type Client, type Driver, type Thing, type ToolCall } from './client-matrix/things.ts'
import { at } from './support/ask.ts'
import type { Customer } from './support/customer.ts'
import { eventually } from './support/eventually.ts'
import { thousandths } from './support/expected-cost.ts'
import { openStage } from './support/stage.ts'

const timeout = 300_000
const prices = { input: '3', cached_input: '0.3', cache_write: '3.75', output: '15', reasoning: '15' }
const drivers = [openaiChat, openaiCompletions, openaiResponses, anthropic, ...aiSdk, ...langchain, openrouter]
// Nobody but the clients asks the upstreams, which answer by a script.
const stage = await openStage({ after }, { REDPILL_PROBES: 'off' })

/** One client at one dialect. */
type Cell = {
  readonly driver: Driver
  readonly client: Client
  readonly dialect: Dialect
  readonly upstream: Upstream
  readonly customer: Customer
}

/** Why a thing cannot be done at this dialect. A schema that goes as a tool is one to nobody else. */
function lackOf({ driver, dialect }: Pick<Cell, 'driver' | 'dialect'>, thing: Thing): string | undefined {
  const goesAsTool = thing === 'json_schema' && driver.schemaTool !== undefined
  return driver.lacks?.[thing] ?? (goesAsTool ? undefined : dialect.lacks?.[thing])
}

const settled = ({ customer }: Cell) =>
  eventually('nothing is held', async () => (await customer.balance()).held === '0')

async function chargesOf({ customer }: Cell): Promise<number> {
  return (await customer.receipts()).filter(({ credits }) => credits !== '0').length
}

const lastSent = ({ upstream }: Cell): string => JSON.stringify(upstream.lastBody())

/** Lets the client run the tools that the upstream asks for, and checks that each result went back to it. */
async function goRound(cell: Cell, stream: boolean, calls: readonly ToolCall[]): Promise<void> {
  const seen: ToolCall[] = []
  const text = await cell.client.loop((call) => `Result ${seen.push(call)}.`, { stream })
  deepEqual(seen, calls)
  equal(text, 'All is well.')
  for (const index of calls.keys()) ok(lastSent(cell).includes(`Result ${index + 1}.`), lastSent(cell))
}

const checks: Readonly<Record<Thing, (cell: Cell) => Promise<void>>> = {
  async plain({ client, dialect, upstream }) {
    upstream.play({ recorded: 'words' })
    equal(await client.ask(), dialect.recorded.words)
  },

  async streamed({ client, dialect, upstream }) {
    upstream.play({ recorded: 'words' })
    const words = await Array.fromAsync(await client.words(new AbortController().signal))
    equal(words.join(''), dialect.recorded.words)
    ok(words.filter((word) => word !== '').length > 1, 'it comes in pieces')
  },

  async tools(cell) {
    const calls = [{ name: 'weather', args: { city: 'Rome' } }]
    for (const stream of [false, true]) {
      cell.upstream.play({ calls }, { text: 'All is well.' })
      await goRound(cell, stream, calls)
    }
  },

  async 'parallel tools'(cell) {
    for (const stream of [false, true]) {
      cell.upstream.play({ recorded: 'calls' }, { text: 'All is well.' })
      await goRound(cell, stream, cell.dialect.recorded.calls)
    }
  },

  async json_schema(cell) {
    const place = { capital_city: 'Rome' }
    const { schemaTool } = cell.driver
    cell.upstream.play(
      schemaTool === undefined ? { text: JSON.stringify(place) } : { calls: [{ name: schemaTool, args: place }] },
    )
    deepEqual(await cell.client.shape(), place)
    match(lastSent(cell), /capital_city/)
  },

  async vision(cell) {
    cell.upstream.play({ recorded: 'words' })
    equal(await cell.client.see(), cell.dialect.recorded.words)
    ok(lastSent(cell).includes(png), lastSent(cell))
  },

  async abort(cell) {
    cell.upstream.play({ opens: 'Something long that nobody waits for' })
    const leaving = new AbortController()
    let seen = ''
    try {
      for await (const word of await cell.client.words(leaving.signal)) {
        seen += word
        if (seen !== '') leaving.abort()
      }
    } catch (error) {
      if (!leaving.signal.aborted) throw error
    }
    ok(leaving.signal.aborted)
    equal(seen, 'Something long tha')
    await cell.upstream.isLeft()
    await settled(cell)
  },

  async error({ client, upstream }) {
    upstream.play({ refuses: 'The weather is odd.' })
    await rejects(client.ask(), (error: unknown) => {
      match(String(at(error, 'message')), /The weather is odd\./)
      equal(at(error, 'status') ?? at(error, 'statusCode'), 400)
      return true
    })
  },

  async retry(cell) {
    const [asked, charges] = [cell.upstream.asked(), await chargesOf(cell)]
    cell.upstream.play({ fails: true }, { recorded: 'words' })
    equal(await cell.client.insist(), cell.dialect.recorded.words)
    deepEqual([cell.upstream.asked(), await chargesOf(cell)], [asked + 2, charges + 1])
  },
}

/** A model of its own for each client, so that none meets what another has taught the server of it. */
async function sitDown(dialect: Dialect, driver: Driver, upstream: Upstream, providerId: string): Promise<Cell> {
  const model = `matrix/${dialects.indexOf(dialect)}-${drivers.indexOf(driver)}`
  const capabilities = driver.without ?? {}
  const offers = [{ providerId, upstreamModel: dialect.upstreamModel, capabilities }]
  await stage.addModel({ id: model, prices, outputTokensMax: 8_000, offers })
  const customer = await stage.addCustomer('100000000')
  const client = driver.open({ url: stage.server().url, key: customer.key, model })
  return { driver, client, dialect, upstream, customer }
}

/** What a client has cost is what its receipts say, to the last digit. */
async function checkReceipts(cell: Cell): Promise<void> {
  await settled(cell)
  const receipts = await cell.customer.receipts()
  const charged = receipts.reduce((sum, { credits }) => sum + thousandths(credits), 0n)
  equal(thousandths((await cell.customer.balance()).spent), charged)
  const answered = things.filter((thing) => !lackOf(cell, thing) && thing !== 'abort' && thing !== 'error')
  ok(receipts.filter(({ state, credits }) => state === 'ok' && credits !== '0').length >= answered.length)
}

test('every provider with an API of its own has its row', () => {
  const rows = new Set(dialects.map(({ name }) => name))
  const own = [...providerDialects.values()].filter(({ speaks }) => speaks)
  deepEqual(
    own.filter(({ id }) => !rows.has(id)).map(({ id }) => id),
    [],
  )
})

describe('clients and dialects', { concurrency: dialects.length, timeout }, () => {
  for (const dialect of dialects) {
    test(dialect.name, { timeout }, async (t) => {
      const upstream = await dialect.open({ after })
      const { data: provider } = await stage.server().manage<{ data: { id: string } }>('POST', '/providers', {
        ...{
          name: dialect.name,
          dialect: dialect.dialect ?? dialect.name,
          base_url: upstream.baseUrl,
          api_key: upstream.apiKey,
        },
        allow_private: true,
      })
      for (const driver of drivers) {
        const cell = await sitDown(dialect, driver, upstream, provider.id)
        for (const thing of things) {
          const skip = lackOf(cell, thing) ?? false
          await t.test(`${driver.name} at ${dialect.name}: ${thing}`, { skip, timeout }, () => checks[thing](cell))
        }
        await t.test(`${driver.name} at ${dialect.name}: receipts`, () => checkReceipts(cell))
      }
    })
  }
})

test('the ledger holds all of it', { timeout }, () => stage.reconcile())
