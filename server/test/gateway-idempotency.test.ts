import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import OpenAI, { APIError } from 'openai'
import { at, textOf, type Answer } from './support/ask.ts'
import type { Customer } from './support/customer.ts'
import type { Scope } from './support/database.ts'
import { eventually } from './support/eventually.ts'
import { creditsFor, thousandths } from './support/expected-cost.ts'
import { startMockUpstream, type Behaviour } from './support/mock-upstream.ts'
import { offeredEverywhere, openCallsOf } from './support/processes.ts'
import { openStage, type Stage } from './support/stage.ts'
import type { ServerOptions } from './support/server.ts'

const prices = { input: '2', output: '10' }
const timeout = 120_000
const words = Array.from({ length: 40 }, (_, index) => ` word${index}`)
const slow: Behaviour = { before: { waitMs: 700 } }
const trickle: Behaviour = {
  answer: { words },
  deliver: (frames) => frames.flatMap((frame) => [frame, { waitMs: 40 }]),
}
/** A stream that goes no further than half its words until the test does. */
const pausedBy = (until: Promise<unknown>): Behaviour => ({
  answer: { words },
  deliver: (frames) => [...frames.slice(0, words.length / 2), { until }, ...frames.slice(words.length / 2)],
})
/** What has come to a server is understood there a moment later; longer is not shorter. */
const momentMs = 700

async function openScene(
  t: Scope & Parameters<typeof startMockUpstream>[0],
  environment?: ServerOptions['environment'],
) {
  const stage = await openStage(t, environment)
  const mock = await startMockUpstream(t)
  const offers = [{ providerId: await stage.addUpstream(mock), upstreamModel: 'm' }]
  await stage.addModel({ id: 'm', prices, outputTokensMax: 1_000, offers })
  return { stage, mock, customer: await stage.addCustomer('1000000') }
}

const keyed = (key: string, more: { signal?: AbortSignal; onPiece?: (text: string) => void } = {}) => ({
  headers: { 'idempotency-key': key },
  ...more,
})

const errorOf = ({ status, json }: Pick<Answer, 'status' | 'json'>) => [status, at(json, 'error.code')]

/** The account has paid for exactly this many calls, and nothing is held. */
async function paidFor(stage: Stage, customer: Customer, calls: number): Promise<void> {
  await eventually('nothing is held', async () => (await customer.balance()).held === '0', 40_000)
  const charged = (await customer.receipts()).filter(({ credits }) => credits !== '0')
  equal(charged.length, calls)
  const sum = charged.reduce((total, { credits }) => total + thousandths(credits), 0n)
  equal(thousandths((await customer.balance()).spent), sum)
  await stage.reconcile()
}

const distinct = (answers: readonly Answer[], of: (answer: Answer) => unknown) => [...new Set(answers.map(of))]

test(
  'fifty equal requests with one key, at once and at four processes, are one call and one charge, answered alike',
  { timeout },
  async (t) => {
    const { stage, mock, customer } = await openScene(t, { REDPILL_PROCESSES: '4' })
    await offeredEverywhere(stage.server(), 'm')
    for (const stream of [false, true]) {
      const before = mock.requests.length
      const { promise: gathered, resolve: goOn } = Promise.withResolvers<void>()
      mock.enqueue(stream ? pausedBy(gathered) : { before: { until: gathered } })
      const asked = Array.from({ length: 50 }, () => customer.chat({ model: 'm', stream }, keyed(`fifty-${stream}`)))
      await eventually('all of them are there', async () => (await openCallsOf(stage.server())) === 50)
      await sleep(momentMs)
      goOn()
      const answers = await Promise.all(asked)
      equal(mock.requests.length - before, 1)
      deepEqual(
        distinct(answers, ({ status }) => status),
        [200],
      )
      equal(distinct(answers, ({ text }) => text).length, 1)
      equal(distinct(answers, ({ generation }) => generation).length, 1)
      const first = answers.filter(({ headers }) => headers.get('idempotent-replayed') === null)
      equal(first.length, 1, 'all but one say that they are repetitions')
      if (stream) equal(textOf(answers[0]!), words.join(''))
    }
    await paidFor(stage, customer, 2)
    const { rows } = await stage.database.pool.query(
      "select from idempotent_call where answer_until > now() + interval '2 minutes'",
    )
    equal(rows.length, 0, 'an answer that is handed over is not kept')
  },
)

test('a repeated stream is given from its beginning while it runs', { timeout }, async (t) => {
  const { stage, mock, customer } = await openScene(t)
  const { promise: joining, resolve: goOn } = Promise.withResolvers<void>()
  mock.enqueue(pausedBy(joining))
  let read = ''
  const first = customer.chat({ model: 'm', stream: true }, keyed('k', { onPiece: (piece) => void (read += piece) }))
  await eventually('some has come', () => read.includes('word10'))
  let joined = ''
  const second = customer.chat({ model: 'm', stream: true }, keyed('k', { onPiece: (piece) => void (joined += piece) }))
  await eventually('the beginning is there before the end is', () => joined.includes('word0'))
  ok(!joined.includes('[DONE]'))
  goOn()
  deepEqual((await second).events, (await first).events)
  await paidFor(stage, customer, 1)
})

test(
  'without storage a later repetition is refused, names the generation and is not to be retried',
  { timeout },
  async (t) => {
    const { stage, mock, customer } = await openScene(t)
    const first = await customer.chat({ model: 'm' }, keyed('k'))
    const again = await customer.chat({ model: 'm' }, keyed('k'))
    deepEqual(errorOf(again), [409, 'idempotency_conflict'])
    equal(again.headers.get('x-should-retry'), 'false')
    const { credits } = await customer.receipt(first)
    deepEqual(at(again.json, 'error.metadata'), {
      generation_id: first.generation,
      state: 'ok',
      charged_credits: credits,
    })
    equal(mock.requests.length, 1)
    const { rows } = await stage.database.pool.query('select from idempotent_call where sealed_answer is not null')
    equal(rows.length, 0)
    await paidFor(stage, customer, 1)
  },
)

test(
  'a key decides for its own calls whether answers are stored, whatever the server is set to',
  { timeout },
  async (t) => {
    for (const [server, key] of [
      ['off', true],
      ['on', false],
    ] as const) {
      const { stage, mock, customer } = await openScene(t, { REDPILL_STORE_ANSWERS: server })
      await stage.server().manage('PATCH', `/keys/${customer.keyId}`, { store_answers: key })
      const first = await customer.chat({ model: 'm' }, keyed('k'))
      equal(first.status, 200, first.text)
      const again = await customer.chat({ model: 'm' }, keyed('k'))
      deepEqual([again.status, again.text === first.text], key ? [200, true] : [409, false])
      equal(mock.requests.length, 1)
      await paidFor(stage, customer, 1)
    }
  },
)

test(
  'with storage a later repetition gets the same answer, and what is stored cannot be read',
  { timeout },
  async (t) => {
    const { stage, mock, customer } = await openScene(t, { REDPILL_STORE_ANSWERS: 'on' })
    const sibling = stage.at((await stage.startSibling()).url, customer)
    const message = { model: 'm', max_tokens: 50, messages: [{ role: 'user', content: 'Hi' }] }
    const asks: ((caller: Customer) => Promise<Answer>)[] = [
      (caller) => caller.chat({ model: 'm' }, keyed('whole')),
      (caller) => caller.chat({ model: 'm', stream: true }, keyed('stream')),
      (caller) => caller.ask('/v1/messages', { ...message, stream: true }, keyed('messages')),
      (caller) => caller.ask('/v1/embeddings', { model: 'm', input: 'Hi' }, keyed('embeddings')),
    ]
    for (const ask of asks) {
      const first = await ask(customer)
      equal(first.status, 200, first.text)
      for (const again of [await ask(customer), await ask(sibling)]) {
        deepEqual([again.status, again.text, again.generation], [200, first.text, first.generation])
        equal(again.headers.get('content-type'), first.headers.get('content-type'))
        equal(again.headers.get('idempotent-replayed'), 'true')
      }
    }
    equal(mock.requests.length, asks.length)
    const { rows } = await stage.database.pool.query<{ row: string }>(
      'select idempotent_call::text as row from idempotent_call',
    )
    equal(rows.length, asks.length)
    for (const { row } of rows) ok(row.includes('v1.') && !row.includes('choices') && !row.includes('Hello'))
    await paidFor(stage, customer, asks.length)
  },
)

test(
  'another request under the same key is refused, whether the first runs or has ended; of another account it is not',
  { timeout },
  async (t) => {
    const { stage, mock, customer } = await openScene(t)
    const sibling = stage.at((await stage.startSibling()).url, customer)
    mock.enqueue(slow)
    const first = customer.chat({ model: 'm' }, keyed('k'))
    await eventually('it runs', () => mock.requests.length === 1)
    const others = [
      { model: 'm', temperature: 0 },
      { model: 'm', stream: true },
      { model: 'm', max_tokens: 9 },
    ]
    for (const body of others) {
      for (const caller of [customer, sibling])
        deepEqual(errorOf(await caller.chat(body, keyed('k'))), [409, 'idempotency_conflict'])
    }
    equal((await first).status, 200)
    for (const body of others) deepEqual(errorOf(await customer.chat(body, keyed('k'))), [409, 'idempotency_conflict'])
    equal((await customer.ask('/v1/completions', { model: 'm', prompt: 'Hi' }, keyed('k'))).status, 409)
    const same = { messages: [{ role: 'user', content: 'Hi' }], model: 'm' }
    equal((await customer.ask('/api/v1/chat/completions', same, keyed('k'))).status, 409)
    equal(mock.requests.length, 1)
    const stranger = await stage.addCustomer('1000000')
    equal((await stranger.chat({ model: 'm' }, keyed('k'))).status, 200)
    deepEqual(errorOf(await customer.chat({ model: 'm' }, keyed('no spaces'))), [400, 'invalid_request'])
    await paidFor(stage, customer, 1)
    await paidFor(stage, stranger, 1)
  },
)

test('a call that failed before anything was charged may be repeated under its key', { timeout }, async (t) => {
  const { stage, mock, customer } = await openScene(t)
  mock.enqueue('server-error')
  equal((await customer.chat({ model: 'm' }, keyed('k'))).status, 502)
  const good = await customer.chat({ model: 'm' }, keyed('k'))
  equal(good.status, 200)
  const poor = await stage.addCustomer('0')
  equal((await poor.chat({ model: 'm' }, keyed('k'))).status, 402)
  await stage.server().manage('POST', `/accounts/${poor.accountId}/grants`, { credits: '1000000', reason: 'test' })
  equal((await poor.chat({ model: 'm' }, keyed('k'))).status, 200)
  equal((await poor.chat({ model: 'm' }, keyed('k'))).status, 409)
  await paidFor(stage, customer, 1)
  await paidFor(stage, poor, 1)
})

test(
  'a process that is killed in mid-call leaves its key to the next repetition, unless something was charged',
  { timeout },
  async (t) => {
    const { stage, mock, customer } = await openScene(t)
    const sibling = stage.at((await stage.startSibling()).url, customer)
    mock.enqueue('stall-before', {
      answer: { words: Array.from({ length: 400 }, (_, index) => ` word${index}`) },
      ...{ deliver: trickle.deliver! },
    })
    const plain = customer.chat({ model: 'm' }, keyed('plain')).catch(() => undefined)
    await eventually('the plain call has reached the provider', () => mock.requests.length === 1)
    let read = ''
    const streamed = customer
      .chat({ model: 'm', stream: true }, keyed('stream', { onPiece: (piece) => void (read += piece) }))
      .catch(() => undefined)
    await eventually('the stream has a checkpoint', async () => {
      const { rows } = await stage.database.pool.query('select from hold where checkpoint_cost > 0')
      return rows.length === 1
    })
    const waiting = sibling.chat({ model: 'm' }, keyed('plain'))
    await stage.server().kill()
    await Promise.all([plain, streamed])
    equal((await waiting).status, 200, 'who waited for the plain call has its own')
    const refused = await sibling.chat({ model: 'm', stream: true }, keyed('stream'))
    deepEqual(
      [...errorOf(refused), at(refused.json, 'error.metadata.state')],
      [409, 'idempotency_conflict', 'interrupted'],
    )
    equal(mock.requests.length, 3)
    await stage.restart()
    await paidFor(stage, customer, 2)
  },
)

test(
  'a call goes on while anyone who repeated its request is there, and is cancelled when nobody is',
  { timeout },
  async (t) => {
    const { stage, mock, customer } = await openScene(t)
    const sibling = stage.at((await stage.startSibling()).url, customer)
    const leaving = () => new AbortController()
    for (const [key, other] of [
      ['here', customer],
      ['elsewhere', sibling],
    ] as const) {
      const before = mock.requests.length
      const { promise: left, resolve: goOn } = Promise.withResolvers<void>()
      mock.enqueue({ before: { until: left } })
      const gone = leaving()
      const first = customer.chat({ model: 'm' }, keyed(key, { signal: gone.signal })).catch(() => 'gone')
      await eventually('it runs', () => mock.requests.length === before + 1)
      const second = other.chat({ model: 'm' }, keyed(key))
      await eventually('the other one waits', async () => {
        if (other === customer) return (await openCallsOf(stage.server())) === 2
        const { rows } = await stage.database.pool.query('select from idempotent_call where awaited and key = $1', [
          key,
        ])
        return rows.length === 1
      })
      await sleep(momentMs)
      gone.abort()
      equal(await first, 'gone')
      await sleep(momentMs)
      goOn()
      equal((await second).status, 200)
      equal(mock.requests.length, before + 1)
    }
    mock.enqueue('stall-before')
    const both = leaving()
    const asked = [1, 2].map(() =>
      customer.chat({ model: 'm' }, keyed('both', { signal: both.signal })).catch(() => 'gone'),
    )
    await eventually('it runs', () => mock.requests.length === 3)
    both.abort()
    deepEqual(await Promise.all(asked), ['gone', 'gone'])
    await mock.waitFor('cancelled')
    await paidFor(stage, customer, 2)
  },
)

test(
  "OpenAI's own client, which retries when it has waited too long, is charged once for each key",
  { timeout },
  async (t) => {
    const { stage, mock, customer } = await openScene(t, { REDPILL_STORE_ANSWERS: 'on' })
    const client = new OpenAI({ baseURL: `${stage.server().url}/v1`, apiKey: customer.key, maxRetries: 3 })
    const messages = [{ role: 'user' as const, content: 'Hi' }]
    mock.enqueue('server-error', 'stall-before')
    const asked = client.chat.completions.create(
      { model: 'm', messages },
      { headers: { 'Idempotency-Key': 'sdk' }, timeout: 4_000 },
    )
    const answer = await asked
    ok(answer.choices[0]!.message.content)
    equal(mock.requests.length, 3, 'a failure, a time-out, an answer')
    const again = await client.chat.completions.create(
      { model: 'm', messages },
      { headers: { 'Idempotency-Key': 'sdk' } },
    )
    deepEqual(again, answer)
    const before = mock.requests.length
    const refused = client.chat.completions.create(
      { model: 'm', messages, temperature: 1 },
      { headers: { 'Idempotency-Key': 'sdk' } },
    )
    await refused.then(
      () => ok(false),
      (error: unknown) => {
        ok(error instanceof APIError)
        deepEqual([error.status, error.code], [409, 'idempotency_conflict'])
        match((error.error as { metadata: { generation_id: string } }).metadata.generation_id, /^gen-/)
      },
    )
    equal(mock.requests.length, before)
    await paidFor(stage, customer, 1)
    const { prompt_tokens: input, completion_tokens: output } = answer.usage!
    const receipts = (await customer.receipts()).filter(({ state }) => state === 'ok')
    deepEqual(
      receipts.map(({ credits }) => credits),
      [creditsFor({ input, output }, prices)],
    )
  },
)
