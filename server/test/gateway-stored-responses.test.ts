/** Responses that are stored, looked up and gone on from, by OpenAI's own client. */
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { after, test } from 'node:test'
import OpenAI, { BadRequestError, NotFoundError } from 'openai'
import type { JsonObject } from '../src/core/json.ts'
import { chatCompletions } from './client-matrix/wires.ts'
import { at } from './support/ask.ts'
import type { Customer } from './support/customer.ts'
import { eventually } from './support/eventually.ts'
import { thousandths } from './support/expected-cost.ts'
import { playApi, unnamedEvents, type PlayedRequest } from './support/played-api.ts'
import { openStage } from './support/stage.ts'

const timeout = 60_000
const model = 'm'
const stage = await openStage({ after }, { REDPILL_STORE_ANSWERS: 'on' })
const upstream = await playApi({ after })
const providerId = await stage.addUpstream({ baseUrl: `${upstream.baseUrl}/v1` })
await stage.addModel({ id: model, prices: { input: '3', output: '15' }, offers: [{ providerId, upstreamModel: 'm' }] })
const sibling = await stage.startSibling()
const { pool } = stage.database

const clientOf = ({ key }: Pick<Customer, 'key'>, url = stage.server().url) =>
  new OpenAI({ apiKey: key, baseURL: `${url}/v1`, maxRetries: 0 }).responses
const newCustomer = () => stage.addCustomer('10000000')

/** What the model says next, whole or as a stream, as it is asked. */
function says(turn: Parameters<typeof chatCompletions.whole>[0]): void {
  upstream.next(({ body }: PlayedRequest) =>
    body['stream'] === true
      ? { events: unnamedEvents(...chatCompletions.events(turn)) }
      : { json: chatCompletions.whole(turn) },
  )
}

/** The messages of the newest request, as role and text. */
const heard = (): readonly (readonly unknown[])[] =>
  (upstream.requests.at(-1)!.body['messages'] as readonly JsonObject[]).map(({ role, content }) => [role, content])

type Asked = Omit<OpenAI.Responses.ResponseCreateParamsNonStreaming, 'model'>
const ask = (who: Customer, asked: Asked, stream = false, url?: string): Promise<OpenAI.Responses.Response> =>
  stream
    ? clientOf(who, url)
        .stream({ model, ...asked } as never)
        .finalResponse()
    : clientOf(who, url).create({ model, ...asked })

const addedByClient = new Set(['output_text', 'output_parsed', 'parsed', 'parsed_arguments'])
const saidBy = (response: OpenAI.Responses.Response): unknown =>
  JSON.parse(JSON.stringify(response, (name, value: unknown) => (addedByClient.has(name) ? undefined : value)))

for (const stream of [false, true]) {
  const how = stream ? 'streamed' : 'plain'

  test(`a ${how} response can be looked up and gone on from, at any process`, { timeout }, async () => {
    const who = await newCustomer()
    says({ text: 'I am well.' })
    const first = await ask(who, { input: 'How are you?', instructions: 'Be kind.' }, stream)
    deepEqual([at(first, 'store'), first.previous_response_id], [true, null])
    deepEqual(saidBy(await clientOf(who, sibling.url).retrieve(first.id)), saidBy(first))

    says({ text: 'Because.' })
    const second = await ask(who, { input: 'Why?', previous_response_id: first.id }, stream, sibling.url)
    equal(second.previous_response_id, first.id)
    // Instructions are of one response alone.
    deepEqual(heard(), [
      ['user', 'How are you?'],
      ['assistant', 'I am well.'],
      ['user', 'Why?'],
    ])
    says({ text: 'Yes.' })
    await ask(
      who,
      { input: [{ role: 'user', content: 'Sure?' }], previous_response_id: second.id, instructions: 'X' },
      stream,
    )
    deepEqual(heard(), [
      ['system', 'X'],
      ['user', 'How are you?'],
      ['assistant', 'I am well.'],
      ['user', 'Why?'],
      ['assistant', 'Because.'],
      ['user', 'Sure?'],
    ])
  })
}

test('a round of tools goes on from the response that called them', { timeout }, async () => {
  const who = await newCustomer()
  says({ calls: [{ name: 'weather', args: { city: 'Rome' } }] })
  const tools = [{ type: 'function' as const, name: 'weather', parameters: { type: 'object' }, strict: false }]
  const first = await ask(who, { input: 'What is it like?', tools })
  const call = first.output.find((item) => item.type === 'function_call')!
  says({ text: 'Sunny.' })
  const output = [{ type: 'function_call_output' as const, call_id: call.call_id, output: '30 degrees' }]
  equal((await ask(who, { input: output, tools, previous_response_id: first.id })).output_text, 'Sunny.')
  const [, called, result] = upstream.requests.at(-1)!.body['messages'] as readonly JsonObject[]
  equal(at(called, 'tool_calls.0.id'), call.call_id)
  deepEqual([result!['role'], result!['tool_call_id'], result!['content']], ['tool', call.call_id, '30 degrees'])
})

test('the whole conversation is weighed for the hold', { timeout }, async () => {
  const who = await newCustomer()
  const held = async (): Promise<bigint> => thousandths((await who.receipts())[0]!['held_credits'])
  says({ text: 'A' })
  const long = await ask(who, { input: 'word '.repeat(2_000), max_output_tokens: 20 })
  const before = await held()
  says({ text: 'B' })
  await ask(who, { input: 'And?', previous_response_id: long.id, max_output_tokens: 20 })
  ok((await held()) >= before)
  const counted = await who.ask('/v1/responses/input_tokens', { model, input: 'And?', previous_response_id: long.id })
  ok((at(counted.json, 'input_tokens') as number) > 2_000)
  await stage.reconcile()
})

test(
  'what a stored response was told is listed, newest first unless asked otherwise, page by page',
  { timeout },
  async () => {
    const who = await newCustomer()
    says({ text: 'One.' })
    const first = await ask(who, { input: 'Count.' })
    says({ text: 'Two.' })
    const second = await ask(who, { input: 'On.', previous_response_id: first.id })
    const textOf = (item: unknown) => at(item, 'content.0.text')
    const items = await Array.fromAsync(clientOf(who).inputItems.list(second.id, { order: 'asc', limit: 2 }))
    deepEqual(items.map(textOf), ['Count.', 'One.', 'On.'])
    const newest = await clientOf(who).inputItems.list(second.id, { limit: 1 })
    deepEqual([newest.data.map(textOf), newest.has_more], [['On.'], true])
  },
)

test('nobody but its account finds a response or goes on from it', { timeout }, async () => {
  const [who, stranger] = [await newCustomer(), await newCustomer()]
  says({ text: 'Secret.' })
  const { id } = await ask(who, { input: 'Tell me.' })
  await rejects(clientOf(stranger).retrieve(id), NotFoundError)
  await rejects(clientOf(stranger).delete(id), NotFoundError)
  await rejects(clientOf(stranger).inputItems.list(id), NotFoundError)
  const asked = upstream.requests.length
  await rejects(ask(stranger, { input: 'And?', previous_response_id: id }), (error) => {
    ok(error instanceof BadRequestError)
    equal(error.param, 'previous_response_id')
    return true
  })
  equal(upstream.requests.length, asked)
  deepEqual(await stranger.receipts(), [])
  equal((await clientOf(who).retrieve(id)).output_text, 'Secret.')
})

test(
  'what is stored cannot be read without the secret, and goes when it is deleted, its day is over, or its account',
  { timeout },
  async () => {
    const who = await newCustomer()
    const rows = async () =>
      (
        await pool.query<{ row: string }>(
          'select stored_response::text as row from stored_response where account_id = $1',
          [who.accountId],
        )
      ).rows
    const store = async () => {
      says({ text: 'An answer that nobody else reads.' })
      return (await ask(who, { input: 'A question that nobody else reads.' })).id
    }
    const [deleted, old, left] = [await store(), await store(), await store()]
    const kept = await rows()
    equal(kept.length, 3)
    for (const { row } of kept) ok(row.includes('v1.') && !row.includes('nobody'))

    await clientOf(who).delete(deleted)
    await rejects(clientOf(who).retrieve(deleted), NotFoundError)
    await rejects(clientOf(who).delete(deleted), NotFoundError)

    const callId = old.replace('resp_', '').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
    const { rowCount } = await pool.query(
      "update stored_response set expires_at = now() - interval '1 second' where call_id = $1 and expires_at between now() + interval '23 hours' and now() + interval '24 hours'",
      [callId],
    )
    equal(rowCount, 1)
    await rejects(clientOf(who).retrieve(old), NotFoundError)
    await rejects(ask(who, { input: 'And?', previous_response_id: old }), BadRequestError)
    await stage.server().manage('POST', '/jobs/purge-stored-responses/run')
    await eventually('it is erased', async () => (await rows()).length === 1)

    equal((await clientOf(who).retrieve(left)).id, left)
    await stage.server().manage('DELETE', `/accounts/${who.accountId}?name=A%20customer&forfeit=true`)
    deepEqual(await rows(), [])
  },
)

test('without storage nothing is kept: by the request, by the key, or by the server', { timeout }, async () => {
  const unstored = async (who: Customer, url: string, more: Asked): Promise<void> => {
    says({ text: 'Gone.' })
    const response = await ask(who, { input: 'Hi', ...more }, false, url)
    equal(at(response, 'store'), false)
    const { id } = response
    await rejects(clientOf(who, url).retrieve(id), NotFoundError)
    await rejects(ask(who, { input: 'And?', previous_response_id: id }, false, url), BadRequestError)
  }
  const { url } = stage.server()
  await unstored(await newCustomer(), url, { store: false })
  const silent = await newCustomer()
  await stage.server().manage('PATCH', `/keys/${silent.keyId}`, { store_answers: false })
  await unstored(silent, url, { store: true })
  const off = (await stage.startSibling({ REDPILL_STORE_ANSWERS: 'off' })).url
  const who = await newCustomer()
  await unstored(who, off, {})
  const refused = await stage.at(off, who).ask('/v1/responses', { model, input: 'Hi', previous_response_id: 'resp_1' })
  deepEqual([refused.status, at(refused.json, 'error.param')], [400, 'previous_response_id'])
  match(refused.text, /not stored for this key/)
  const { rows } = await pool.query('select from stored_response where account_id = any($1)', [
    [silent.accountId, who.accountId],
  ])
  equal(rows.length, 0)
})

test('an answer of the cache is stored like any other, under its own id', { timeout }, async () => {
  const who = await newCustomer()
  says({ text: 'Cached.' })
  const cached = { headers: { 'x-redpill-cache': '1' } }
  for (const round of [1, 2]) {
    const { id } = await clientOf(who).create({ model, input: 'Hi' }, cached)
    equal((await clientOf(who).retrieve(id)).output_text, 'Cached.', `round ${round}`)
  }
})
