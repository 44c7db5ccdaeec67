import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { at, type Answer } from './support/ask.ts'
import type { Customer } from './support/customer.ts'
import type { Scope } from './support/database.ts'
import { eventually } from './support/eventually.ts'
import { startMockUpstream } from './support/mock-upstream.ts'
import { openStage } from './support/stage.ts'

const prices = { input: '2', output: '10' }
const timeout = 60_000
const cache = { headers: { 'x-redpill-cache': '1' } }

async function openScene(t: Scope & Parameters<typeof startMockUpstream>[0]) {
  const stage = await openStage(t)
  const mock = await startMockUpstream(t)
  const providerId = await stage.addUpstream(mock)
  for (const id of ['m', 'other']) {
    await stage.addModel({ id, prices, outputTokensMax: 1_000, offers: [{ providerId, upstreamModel: 'm' }] })
  }
  return { stage, mock, customer: await stage.addCustomer('1000000') }
}

const statusOf = ({ headers }: Answer) => headers.get('x-redpill-cache')
const message = { model: 'm', max_tokens: 50, messages: [{ role: 'user', content: 'Hi' }] }

/** What the model said, whatever the API. */
const said = (answer: Answer): unknown =>
  answer.events.length > 0
    ? answer.events.map((event) => /"(?:content|text)":"((?:[^"\\]|\\.)*)"/.exec(event)?.[1] ?? '').join('')
    : (at(answer.json, 'choices') ?? at(answer.json, 'content') ?? at(answer.json, 'data'))

test(
  'an answer that its caller had kept is given again for nothing, with a receipt of its own, in every API',
  { timeout },
  async (t) => {
    const { stage, mock, customer } = await openScene(t)
    const sibling = stage.at((await stage.startSibling()).url, customer)
    const asks: ((caller: Customer) => Promise<Answer>)[] = [
      (caller) => caller.chat({ model: 'm' }, cache),
      (caller) => caller.chat({ model: 'm', stream: true, stream_options: { include_usage: true } }, cache),
      (caller) => caller.ask('/v1/messages', message, cache),
      (caller) => caller.ask('/v1/messages', { ...message, stream: true }, cache),
      (caller) => caller.ask('/v1/responses', { model: 'm', input: 'Hi', stream: true }, cache),
      (caller) => caller.ask('/v1/embeddings', { model: 'm', input: 'Hi' }, cache),
    ]
    for (const [index, ask] of asks.entries()) {
      const first = await ask(customer)
      deepEqual([first.status, statusOf(first)], [200, 'MISS'], first.text)
      await eventually('it is kept', async () => {
        const { rows } = await stage.database.pool.query('select from cached_answer')
        return rows.length === index + 1
      })
      const { spent } = await customer.balance()
      for (const hit of [await ask(customer), await ask(sibling), await ask(sibling)]) {
        deepEqual([hit.status, statusOf(hit)], [200, 'HIT'], hit.text)
        deepEqual(said(hit), said(first))
        equal(hit.headers.get('content-type'), first.headers.get('content-type'))
        notEqual(hit.generation, first.generation)
        equal(hit.headers.get('x-openrouter-cache-source-id'), first.generation)
        const receipt = await customer.receipt(hit)
        deepEqual(
          [receipt['state'], receipt['credits'], receipt['cached'], receipt['response_cache_source_id']],
          ['ok', '0', true, first.generation],
        )
        if (first.events.length > 0) equal(hit.events.length, first.events.length)
      }
      equal((await customer.balance()).spent, spent)
      equal(mock.requests.length, index + 1)
    }
    const hit = await customer.chat({ model: 'm' }, cache)
    deepEqual(
      [at(hit.json, 'usage.total_tokens'), at(hit.json, 'usage.cost_credits'), at(hit.json, 'id')],
      [0, '0', hit.generation],
    )
    const { rows } = await stage.database.pool.query<{ sealed_answer: string }>(
      'select sealed_answer from cached_answer',
    )
    for (const row of rows) match(row.sealed_answer, /^v1\.[\w-]+$/)
    await stage.reconcile()
  },
)

test(
  'requests that differ in anything, keys of other accounts and those who do not ask are never answered from the cache',
  { timeout },
  async (t) => {
    const { stage, mock, customer } = await openScene(t)
    const stranger = await stage.addCustomer('1000000')
    const same = { model: 'm', temperature: 0, metadata: { a: '1', b: '2' } }
    equal(statusOf(await customer.chat(same, cache)), 'MISS')
    const others = [
      { ...same, model: 'other' },
      { ...same, temperature: 0.1 },
      { ...same, stream: true },
      { ...same, seed: 1 },
      { ...same, metadata: { a: '1' } },
      { ...same, messages: [{ role: 'user', content: 'Hi ' }] },
      { ...same, messages: [{ role: 'system', content: 'Hi' }] },
    ]
    for (const body of others) equal(statusOf(await customer.chat(body, cache)), 'MISS', JSON.stringify(body))
    equal(statusOf(await stranger.chat(same, cache)), 'MISS')
    equal(statusOf(await customer.chat(same)), null)
    equal(statusOf(await customer.chat(same, { headers: { 'x-redpill-cache': '0' } })), null)
    equal(mock.requests.length, 1 + others.length + 3)
    const reordered = { metadata: { b: '2', a: '1' }, temperature: 0, model: 'm' }
    equal(statusOf(await customer.chat(reordered, cache)), 'HIT', 'the order of fields makes no other request')
    await stage.reconcile()
  },
)

test(
  'a key may ask for the cache with every call, for a time of its own; the headers of a request come first',
  { timeout },
  async (t) => {
    const { stage, mock, customer } = await openScene(t)
    const set = (cacheSeconds: number | null) =>
      stage.server().manage('PATCH', `/keys/${customer.keyId}`, { cache_seconds: cacheSeconds })
    const ask = (headers: Record<string, string> = {}) => customer.chat({ model: 'm' }, { headers })
    const ttlOf = ({ headers }: Answer) => headers.get('x-openrouter-cache-ttl')
    equal(statusOf(await ask()), null)
    await set(60)
    await eventually('the key is known anew', async () => statusOf(await ask()) !== null)
    const hit = await ask()
    equal(statusOf(hit), 'HIT')
    ok(Number(ttlOf(hit)) <= 60)
    const asked = mock.requests.length
    equal(statusOf(await ask({ 'x-redpill-cache': '0' })), null)
    equal(statusOf(await ask({ 'X-OpenRouter-Cache': 'false' })), null)
    equal(mock.requests.length, asked + 2)
    const anew = await ask({ 'x-redpill-cache-clear': '1', 'x-redpill-cache-ttl': '50' })
    deepEqual([statusOf(anew), ttlOf(anew)], ['MISS', '50'])
    await set(null)
    await eventually('the key is known anew', async () => statusOf(await ask()) === null)
    equal(statusOf(await ask({ 'x-redpill-cache': '1' })), 'HIT')
    await stage.reconcile()
  },
)

test('only whole answers are kept, for as long as was asked, until they are cleared', { timeout }, async (t) => {
  const { stage, mock, customer } = await openScene(t)
  const sibling = stage.at((await stage.startSibling()).url, customer)
  const plain = { model: 'm', stream: false }
  mock.enqueue('server-error')
  equal((await customer.chat({ model: 'm' }, cache)).status, 502)
  mock.enqueue('reset-mid')
  ok(!(await customer.chat({ model: 'm', stream: true }, cache)).text.includes('[DONE]'))
  for (const stream of [false, true]) {
    equal(statusOf(await customer.chat({ model: 'm', stream }, cache)), 'MISS')
    equal(statusOf(await customer.chat({ model: 'm', stream }, cache)), 'HIT')
  }
  await eventually('the sibling has it too', async () => statusOf(await sibling.chat(plain, cache)) === 'HIT')
  const cleared = await customer.chat(plain, {
    headers: { 'X-OpenRouter-Cache': 'true', 'X-OpenRouter-Cache-Clear': 'true' },
  })
  equal(statusOf(cleared), 'MISS')
  await eventually('the sibling has the new one', async () => {
    const hit = await sibling.chat(plain, cache)
    return hit.headers.get('x-openrouter-cache-source-id') === cleared.generation
  })

  const brief = { headers: { 'x-openrouter-cache': 'true', 'x-openrouter-cache-ttl': '1' } }
  const first = await customer.chat({ model: 'm', seed: 7 }, brief)
  deepEqual(
    [first.headers.get('x-openrouter-cache-status'), first.headers.get('x-openrouter-cache-ttl')],
    ['MISS', '1'],
  )
  await eventually(
    'its time is over',
    async () => statusOf(await customer.chat({ model: 'm', seed: 7 }, brief)) === 'MISS',
  )
  for (const ttl of ['0', '86401', 'long']) {
    const refused = await customer.chat({ model: 'm' }, { headers: { ...cache.headers, 'x-redpill-cache-ttl': ttl } })
    deepEqual([refused.status, at(refused.json, 'error.param')], [400, 'x-redpill-cache-ttl'])
  }
  equal((await customer.chat({ model: 'm' }, { headers: { 'x-redpill-cache': 'perhaps' } })).status, 400)
  await stage.reconcile()
})

test('a repetition of a hit under its key is that hit', { timeout }, async (t) => {
  const { stage, mock, customer } = await openScene(t)
  await customer.chat({ model: 'm' }, cache)
  const keyed = { headers: { ...cache.headers, 'idempotency-key': 'k' } }
  const hit = await customer.chat({ model: 'm' }, keyed)
  equal(statusOf(hit), 'HIT')
  const again = await customer.chat({ model: 'm' }, keyed)
  deepEqual([again.status, at(again.json, 'error.metadata.generation_id')], [409, hit.generation])
  equal(mock.requests.length, 1)

  await stage.reconcile()
})
