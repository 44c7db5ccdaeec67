/** Limits per minute and of parallel calls, over real processes. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import OpenAI, { RateLimitError } from 'openai'
import { countApis, inboundApis } from '../src/gateway/index.ts'
import { at, type Answer } from './support/ask.ts'
import type { Customer } from './support/customer.ts'
import { eventually } from './support/eventually.ts'
import { openStage } from './support/stage.ts'

const timeout = 120_000
const stage = await openStage({ after }, { REDPILL_PROCESSES: '4' })
const lone = await stage.startSibling({ REDPILL_PROCESSES: '1', REDPILL_RATE_KEY_REQUESTS: '2' })

type Rates = Partial<Record<'requests_per_minute' | 'tokens_per_minute' | 'parallel_max', number | null>>

async function limited(key: Rates, account: Rates = {}): Promise<Customer> {
  const customer = await stage.addCustomer('1000000')
  await stage.server().manage('PATCH', `/keys/${customer.keyId}`, key)
  await stage.server().manage('PATCH', `/accounts/${customer.accountId}`, account)
  return customer
}

const hello = { model: 'local/echo', messages: [{ role: 'user', content: 'Hello there' }] }

/** At the beginning of a minute, so that what follows falls into it. */
async function minuteBegins(): Promise<void> {
  const left = 60_000 - (Date.now() % 60_000)
  if (left < 30_000) await new Promise((resolve) => setTimeout(resolve, left + 50))
}

const storm = (doors: readonly Customer[], times: number): Promise<readonly Answer[]> =>
  Promise.all(Array.from({ length: times }, (_, index) => doors[index % doors.length]!.chat(hello)))

const countOf = (answers: readonly Answer[], status: number) =>
  answers.filter((answer) => answer.status === status).length

test(
  'of 200 calls at once, over five processes of two servers, exactly the limit is answered',
  { timeout },
  async () => {
    const customer = await limited({ requests_per_minute: 37 })
    await minuteBegins()
    const minute = Math.floor(Date.now() / 60_000)
    const doors = [customer, stage.at(lone.url, customer)]
    const answers = await storm(doors, 200)
    const more = await storm(doors, 20)
    if (Math.floor(Date.now() / 60_000) === minute) {
      equal(countOf(answers, 200), 37)
      equal(countOf(answers, 429), 163)
      equal(countOf(more, 200), 0)
    } else ok(countOf(answers, 200) <= 74, 'each minute has its own limit')
  },
)

test(
  'a refusal says which limit, of whom, and when to come again; its headers say how the limit stands',
  { timeout },
  async () => {
    const customer = await limited({ requests_per_minute: 1 }, { requests_per_minute: 50 })
    await minuteBegins()
    const answers = [await customer.chat(hello), await customer.chat(hello)]
    deepEqual(
      answers.map(({ status }) => status),
      [200, 429],
    )
    deepEqual(
      answers.map(({ headers }) => headers.get('x-ratelimit-remaining')),
      ['0', '0'],
    )
    const { headers, json } = answers[1]!
    deepEqual(
      [at(json, 'error.code'), at(json, 'error.metadata')],
      ['rate_limit_exceeded', { limit: 'requests', of: 'key', most: 1 }],
    )
    const seconds = Number(headers.get('retry-after'))
    ok(seconds >= 1 && seconds <= 60)
    equal(headers.get('x-ratelimit-limit'), '1')
    equal(Number(headers.get('x-ratelimit-reset')) % 60, 0, 'Unix seconds, the end of a minute')
    match(headers.get('x-ratelimit-reset-requests')!, /^\d{1,2}s$/)

    const other = await customer.ask('/v1/messages', { ...hello, max_tokens: 5 })
    deepEqual([other.status, at(other.json, 'type'), at(other.json, 'error.type')], [429, 'error', 'rate_limit_error'])
    equal((await customer.ask('/v1/messages/count_tokens', hello)).status, 429, 'counting is a request too')
  },
)

test("OpenAI's own client reads the headers, and the refusal as its own error", { timeout }, async () => {
  const customer = await limited({ requests_per_minute: 2, tokens_per_minute: 10_000 })
  const client = new OpenAI({ apiKey: customer.key, baseURL: `${stage.server().url}/v1`, maxRetries: 0 })
  await minuteBegins()
  const ask = () =>
    client.chat.completions
      .create({ model: 'local/echo', max_tokens: 10, messages: [{ role: 'user', content: 'Hi' }] })
      .withResponse()
  const { response } = await ask()
  deepEqual(
    ['limit-requests', 'remaining-requests', 'limit-tokens'].map((name) => response.headers.get(`x-ratelimit-${name}`)),
    ['2', '1', '10000'],
  )
  const left = Number(response.headers.get('x-ratelimit-remaining-tokens'))
  ok(left < 10_000 && left > 9_900, `${left}`)
  await ask()
  const refused: unknown = await ask().catch((error: unknown) => error)
  ok(refused instanceof RateLimitError)
  deepEqual([refused.code, refused.headers.get('x-ratelimit-remaining-requests')], ['rate_limit_exceeded', '0'])
})

test('tokens per minute are those that calls used, not those that they might have used', { timeout }, async () => {
  const customer = await limited({ tokens_per_minute: 500 })
  await minuteBegins()
  // Each might use 300, with the bytes of its request some 350, and uses some 4: all of them can be had in one minute.
  for (let count = 0; count < 8; count++) {
    const isAnswered = async () => (await customer.chat({ ...hello, max_tokens: 300 })).status === 200
    // A process that is slow to give back what its calls did not use has others refused meanwhile, within the minute.
    await eventually('the next one is answered', isAnswered, 15_000)
  }
  const leaving = new AbortController()
  const slow = { ...hello, stream: true, max_tokens: 300, echo: { tokens: 300, delay_ms: 200 } }
  let running = Promise.resolve<unknown>(undefined)
  const isUnderWay = () =>
    new Promise<boolean>((resolve) => {
      // Refusals are JSON and no events.
      const onPiece = (piece: string) => resolve(!piece.startsWith('{'))
      running = customer.chat(slow, { signal: leaving.signal, onPiece }).catch(() => undefined)
      void running.then(() => resolve(false))
    })
  await eventually('one that may use 300 is under way', isUnderWay, 15_000)
  const refused = await customer.chat({ ...hello, max_tokens: 300 })
  equal(refused.status, 429, refused.text)
  deepEqual(at(refused.json, 'error.metadata'), { limit: 'tokens', of: 'key', most: 500 })
  leaving.abort()
  await running
})

test(
  'a place of a parallel call comes free when its stream ends, is cut by its caller, or fails',
  { timeout },
  async () => {
    const customer = await limited({ parallel_max: 2 })
    const slow = {
      ...hello,
      stream: true,
      echo: { delay_ms: 200 },
      messages: [{ role: 'user', content: 'a '.repeat(2_000) }],
    }
    const cut = [new AbortController(), new AbortController()]
    const begun = new Set<number>()
    const streams = cut.map(({ signal }, each) =>
      customer.chat(slow, { signal, onPiece: () => void begun.add(each) }).catch(() => undefined),
    )
    await eventually('both are under way', () => begun.size === 2)
    const refused = await customer.chat(hello)
    deepEqual([refused.status, at(refused.json, 'error.metadata.limit')], [429, 'parallel'])
    for (const each of cut) each.abort()
    await Promise.all(streams)
    await eventually('a place is free', async () => (await customer.chat(hello)).status === 200)
    const missing = async () => (await customer.chat({ model: 'no/such' })).status === 404
    await eventually('so is the other', missing)
    await eventually('a place is free', async () => (await customer.chat(hello)).status === 200)
  },
)

test('a server limits keys that have no limits of their own as it was set to', { timeout }, async () => {
  const [plain, own] = [await stage.addCustomer('1000000'), await limited({ requests_per_minute: 0 })]
  await minuteBegins()
  equal(countOf(await storm([stage.at(lone.url, plain)], 6), 200), 2)
  const free = await storm([stage.at(lone.url, own)], 6)
  equal(countOf(free, 200), 6)
  equal(free[0]!.headers.get('x-ratelimit-limit'), null)
})

test('every path on which models are called or prompts counted has the same limits', { timeout }, async () => {
  const customer = await limited({ requests_per_minute: 1 })
  await minuteBegins()
  equal((await customer.chat(hello)).status, 200)
  const paths = [...Object.keys(inboundApis), ...Object.keys(countApis)]
  ok(paths.length >= 6)
  for (const path of paths) deepEqual([path, (await customer.ask(path, hello)).status], [path, 429])
})

test('the places of a process that was killed come free for its siblings', { timeout }, async () => {
  const customer = await limited({ parallel_max: 1 })
  const doomed = await stage.startSibling({ REDPILL_PROCESSES: '1' })
  let begun = false
  const slow = {
    ...hello,
    stream: true,
    echo: { delay_ms: 200 },
    messages: [{ role: 'user', content: 'a '.repeat(500) }],
  }
  const stream = stage.at(doomed.url, customer).chat(slow, { onPiece: () => (begun = true) })
  await eventually('the stream is under way', () => begun)
  equal((await customer.chat(hello)).status, 429)
  await doomed.kill()
  equal((await stream).broken, true)
  await eventually('its place is free', async () => (await customer.chat(hello)).status === 200, 40_000)
})

test('the ledger reconciles after all of it', async () => {
  // What the killed process held is settled by its siblings first.
  await eventually(
    'nothing is held',
    async () => {
      const { rows } = await stage.database.pool.query<{ open: bigint }>('select count(*) as open from hold')
      return rows[0]!.open === 0n
    },
    60_000,
  )
  await stage.reconcile()
})
