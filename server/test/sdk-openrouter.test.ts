/** OpenRouter's own client: its schemas parse what we answer under /api/v1. */
import { OpenRouter } from '@openrouter/sdk'
import * as errors from '@openrouter/sdk/models/errors'
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { after, test } from 'node:test'
import { at } from './support/ask.ts'
import type { Customer } from './support/customer.ts'
import { creditsFor, type PriceTexts } from './support/expected-cost.ts'
import { callPiece, streamed, told, whole } from './support/mock-upstream-turns.ts'
import { startMockUpstream } from './support/mock-upstream.ts'
import { openStage } from './support/stage.ts'

const prices: PriceTexts = { input: '3', cached_input: '0.3', cache_write: '3.75', output: '15', reasoning: '15' }
const timeout = 60_000

const stage = await openStage({ after })
const upstream = await startMockUpstream({ after })
const providerId = await stage.addUpstream(upstream)
await stage.addModel({ id: 'mock/model', prices, offers: [{ providerId, upstreamModel: 'model' }] })

const clientWith = (apiKey: string) =>
  new OpenRouter({ apiKey, serverURL: `${stage.server().url}/api/v1`, retryConfig: { strategy: 'none' } })
const clientOf = ({ key }: Pick<Customer, 'key'>) => clientWith(key)
const operator = () => clientWith(stage.server().operatorKey)
const messages = [{ role: 'user' as const, content: 'Hi' }]
const cost = Number(creditsFor(told.units, prices)) / 2_000_000

test('a chat completion with tools, its cost in USD', { timeout }, async () => {
  const customer = await stage.addCustomer('1000000')
  upstream.enqueue(
    whole([{ content: 'I look.', tool_calls: [callPiece(0, 'call_a', '{"city":"Rome"}')] }], 'tool_calls'),
  )
  const answer = await clientOf(customer).chat.send({ chatRequest: { model: 'mock/model', messages, stream: false } })
  equal(at(answer, 'choices.0.message.content'), 'I look.')
  equal(at(answer, 'choices.0.message.toolCalls.0.function.arguments'), '{"city":"Rome"}')
  deepEqual([at(answer, 'usage.promptTokens'), at(answer, 'usage.cost')], [100, cost])
})

test('a stream of a chat completion', { timeout }, async () => {
  const customer = await stage.addCustomer('1000000')
  upstream.enqueue(streamed([{ content: 'Hel' }, { content: 'lo.' }], 'stop'))
  const stream = await clientOf(customer).chat.send({
    chatRequest: { model: 'mock/model', messages, stream: true, streamOptions: { includeUsage: true } },
  })
  const chunks = await collected(stream)
  equal(chunks.map((chunk) => (at(chunk, 'choices.0.delta.content') as string | undefined) ?? '').join(''), 'Hello.')
  equal(at(chunks.at(-1), 'usage.cost'), cost)
})

test('a response, whole and as a stream', { timeout }, async () => {
  const client = clientOf(await stage.addCustomer('1000000'))
  const request = { model: 'mock/model', input: 'Hi' }
  const answer = await client.beta.responses.send({ responsesRequest: { ...request, stream: false } })
  equal(at(answer, 'output.0.content.0.text'), 'Hello from the mock upstream')
  const stream = await client.beta.responses.send({ responsesRequest: { ...request, stream: true } })
  const events = await collected(stream)
  deepEqual([at(events[0], 'type'), at(events.at(-1), 'type')], ['response.created', 'response.completed'])
})

test('embeddings', { timeout }, async () => {
  const client = clientOf(await stage.addCustomer('1000000'))
  const answer = await client.embeddings.generate({ requestBody: { model: 'local/use-lite', input: 'A hold' } })
  equal(at(answer, 'data.0.embedding.length'), 512)
})

test('the key, its credits, what it used and its receipts', { timeout }, async () => {
  const customer = await stage.addCustomer('2000000', { limit_credits: '1000000', limit_window: 'month' })
  const client = clientOf(customer)
  upstream.enqueue(whole([{ content: 'Hello.' }], 'stop'))
  const { generation } = await customer.chat({ model: 'mock/model' })
  const { data: key } = await client.apiKeys.getCurrentKeyMetadata()
  deepEqual(
    [key.limit, key.limitReset, key.limitRemaining, key.usage, key.isManagementKey],
    [0.5, 'monthly', 0.5 - cost, cost, false],
  )
  const { data: credits } = await client.credits.getCredits()
  deepEqual([credits.totalCredits, credits.totalUsage], [1, cost])
  const { data: receipt } = await client.generations.getGeneration({ id: generation })
  deepEqual([receipt.id, receipt.totalCost, receipt.tokensPrompt, receipt.model], [generation, cost, 100, 'mock/model'])
  const { data: days } = await client.analytics.getUserActivity()
  deepEqual(
    days.map(({ model, usage, requests }) => [model, usage, requests]),
    [['mock/model', cost, 1]],
  )
})

test('models with their prices, for anyone and any key', { timeout }, async () => {
  for (const client of [clientWith(''), clientOf(await stage.addCustomer('0'))]) {
    const pages = await Array.fromAsync(await client.models.list())
    const listed = pages.flatMap((page) => at(page, 'result.data') as { id: string; pricing: { prompt: string } }[])
    const { result: end } = await client.models.list({ offset: listed.length })
    deepEqual(end.data, [])
    equal(listed.filter(({ id }) => id === 'mock/model').length, 1)
    equal(listed.find(({ id }) => id === 'mock/model')?.pricing.prompt, '0.000003')
  }
})

test('keys are made, changed, listed and deleted, with limits in USD', { timeout }, async () => {
  const client = operator()
  const made = await client.apiKeys.create({ requestBody: { name: 'From the SDK', limit: 12.5, limitReset: 'weekly' } })
  ok(made.key.startsWith('sk-rp-'))
  deepEqual([made.data.limit, made.data.limitReset, made.data.name], [12.5, 'weekly', 'From the SDK'])
  const { hash } = made.data
  const read = await stage.server().manage<{ data: Record<string, unknown> }>('GET', `/keys/${hash}`)
  deepEqual([read.data['limit_credits'], read.data['limit_window']], ['25000000', 'week'])
  const changed = await client.apiKeys.update({ hash, requestBody: { limit: 0.1, limitReset: null, disabled: true } })
  deepEqual([changed.data.limit, changed.data.limitReset, changed.data.disabled], [0.1, null, true])
  const { data: found } = await client.apiKeys.get({ hash })
  equal(found.disabled, true)
  const { data: listed } = await client.apiKeys.list()
  equal(listed[0]?.hash, hash)
  const { data: later } = await client.apiKeys.list({ offset: 1 })
  deepEqual(later, listed.slice(1))
  equal((await client.apiKeys.delete({ hash })).deleted, true)
  await rejects(client.apiKeys.get({ hash }), (error: unknown) => at(error, 'statusCode') === 404)
})

test('errors are those that the client knows by name', { timeout }, async () => {
  const poor = clientOf(await stage.addCustomer('0'))
  const send = (client: OpenRouter, model = 'mock/model') =>
    client.chat.send({ chatRequest: { model, messages, stream: false } })
  const wrong = clientWith('sk-rp-wrong')
  await rejects(send(poor), errors.PaymentRequiredResponseError)
  await rejects(send(wrong), errors.UnauthorizedResponseError)
  await rejects(send(poor, 'no/such'), errors.NotFoundResponseError)
  await rejects(wrong.beta.responses.send({ responsesRequest: { model: 'x', input: 'Hi', stream: false } }), {
    name: 'UnauthorizedResponseError',
  })
})

/** What a stream brought; the client's types leave open whether it is one. */
const collected = (answer: object): Promise<unknown[]> => Array.fromAsync(answer as AsyncIterable<unknown>)

test('every charge of this file is on the ledger', { timeout }, () => stage.reconcile())
