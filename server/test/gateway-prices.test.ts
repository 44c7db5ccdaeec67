import { deepEqual, equal, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import { at, textOf } from './support/ask.ts'
import { eventually } from './support/eventually.ts'
import { creditsFor, times } from './support/expected-cost.ts'
import { startMockUpstream } from './support/mock-upstream.ts'
import { json } from './support/mock-upstream-answers.ts'
import { openStage } from './support/stage.ts'
import { wave } from './support/wave.ts'

const timeout = 60_000
const prices = { input: '3.000001', output: '7.000003' }
const dearer = { input: '30', output: '70' }
const usual = { input: 11, output: 5 }

const stage = await openStage({ after })
const mock = await startMockUpstream({ after })
const providerId = await stage.addUpstream(mock)
const offers = [{ providerId, upstreamModel: 'normal' }]

test('a price of the future takes over at its time, for calls that begin then', { timeout }, async () => {
  await stage.addModel({ id: 'soon-dearer', prices, offers })
  const from = new Date(Date.now() + 5_000)
  await stage.setPrices('soon-dearer', dearer, { from })
  const customer = await stage.addCustomer('1000000')
  const [cheap, dear] = [creditsFor(usual, prices), creditsFor(usual, dearer)]
  for (let paid: unknown; paid !== dear; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const beganAt = Date.now()
    const answer = await customer.chat({ model: 'soon-dearer' })
    const endedAt = Date.now()
    paid = (await customer.receipt(answer))['credits']
    if (endedAt < from.getTime()) equal(paid, cheap)
    else if (beganAt >= from.getTime()) equal(paid, dear)
  }
})

test('a price that changes while a stream runs does not change what the stream costs', { timeout }, async () => {
  await stage.addModel({ id: 'changing', prices, offers: [{ providerId, upstreamModel: 'slow-trickle' }] })
  const customer = await stage.addCustomer('1000000')
  let begun = false
  const running = customer.chat({ model: 'changing', stream: true }, { onPiece: () => (begun = true) })
  await eventually('the stream is under way', () => begun)
  await stage.setPrices('changing', dearer)
  const answer = await running
  equal((await customer.receipt(answer))['credits'], creditsFor({ input: 11, output: 200 }, prices))
  const next = await customer.chat({ model: 'changing', max_tokens: 2 })
  equal((await customer.receipt(next))['credits'], creditsFor({ input: 11, output: 2 }, dearer))
})

test('a model without prices, or without one that the call needs, is refused and never free', { timeout }, async () => {
  await stage.addModel({ id: 'unpriced', offers })
  await stage.addModel({ id: 'half-priced', prices: { input: '1' }, offers })
  const customer = await stage.addCustomer('1000000')
  const sent = mock.requests.length
  for (const [model, named] of [
    ['unpriced', /input, output/],
    ['half-priced', /output/],
  ] as const) {
    const answer = await customer.chat({ model })
    deepEqual([answer.status, at(answer.json, 'error.code')], [503, 'model_unpriced'])
    ok(named.test(String(at(answer.json, 'error.message'))))
  }
  equal(mock.requests.length, sent, 'nobody was asked')
  equal((await customer.balance()).spent, '0')
  const embedded = await customer.ask('/v1/embeddings', { model: 'half-priced', input: 'Hi' })
  equal(embedded.status, 200, 'an embedding needs no price for output')
})

const heard = { type: 'input_audio', input_audio: { data: wave(), format: 'wav' } }
const audible = [{ role: 'user', content: [heard] }]

test(
  'audio without a price for it is refused before it starts, in either direction, and charged where there is one',
  { timeout },
  async () => {
    await stage.addModel({ id: 'deaf', prices, offers })
    await stage.addModel({ id: 'hearing', prices: { ...prices, audio_input: '40', audio_output: '80' }, offers })
    const customer = await stage.addCustomer('1000000')
    const sent = mock.requests.length
    for (const body of [
      { messages: audible },
      { modalities: ['text', 'audio'], audio: { voice: 'alloy', format: 'wav' } },
    ]) {
      const answer = await customer.chat({ model: 'deaf', ...body })
      deepEqual([answer.status, at(answer.json, 'error.code')], [503, 'model_unpriced'])
    }
    equal(mock.requests.length, sent)
    mock.enqueue({
      deliver: () => [
        json({
          choices: [{ index: 0, message: { role: 'assistant', content: 'Hm' }, finish_reason: 'stop' }],
          usage: {
            ...{ prompt_tokens: 30, completion_tokens: 9, total_tokens: 39 },
            prompt_tokens_details: { audio_tokens: 20, cached_tokens: 4 },
            completion_tokens_details: { audio_tokens: 6, reasoning_tokens: 1 },
          },
        }),
      ],
    })
    const answer = await customer.chat({ model: 'hearing', messages: audible })
    const units = { input: 6, cached_input: 4, audio_input: 20, output: 2, reasoning: 1, audio_output: 6 }
    const receipt = await customer.receipt(answer)
    deepEqual(receipt['units'], { ...units, request: 1 })
    // Without prices of their own, cached input and reasoning are billed as input and output.
    const all = {
      ...prices,
      cached_input: prices.input,
      reasoning: prices.output,
      audio_input: '40',
      audio_output: '80',
    }
    equal(receipt['credits'], creditsFor(units, all))
  },
)

test(
  'every class that has a price is billed at it, a request and images too, rounded up once',
  { timeout },
  async () => {
    const all = {
      ...prices,
      cached_input: '0.000001',
      cache_write: '4.5',
      reasoning: '9.1',
      request: '1500.000007',
      image: '0.33',
    }
    await stage.addModel({ id: 'all-classes', prices: all, offers })
    const customer = await stage.addCustomer('1000000')
    mock.enqueue({ answer: { promptTokens: 1_000, cachedTokens: 321, reasoningTokens: 7 } })
    const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }
    const answer = await customer.chat({ model: 'all-classes', messages: [{ role: 'user', content: [image, image] }] })
    const units = { input: 679, cached_input: 321, output: 5, reasoning: 7, request: 1, image: 2 }
    const receipt = await customer.receipt(answer)
    deepEqual(receipt['units'], units)
    equal(receipt['credits'], creditsFor(units, all))
  },
)

test(
  'an offer with a price of its own is charged at it, the classes that it leaves out at that of the model',
  { timeout },
  async () => {
    const own = { output: '1.5' }
    await stage.addModel({ id: 'own-price', prices, offers: [{ providerId, upstreamModel: 'normal', prices: own }] })
    const customer = await stage.addCustomer('1000000')
    const answer = await customer.chat({ model: 'own-price', stream: true })
    equal(textOf(answer), 'Hello from the mock upstream')
    equal((await customer.receipt(answer))['credits'], creditsFor(usual, { ...prices, ...own }))
  },
)

test('a price of zero is a price: the call is free on purpose, and recorded', { timeout }, async () => {
  await stage.addModel({ id: 'free', prices: { input: '0', output: '0' }, offers })
  const poor = await stage.addCustomer('0')
  const answer = await poor.chat({ model: 'free' })
  equal(answer.status, 200, answer.text)
  const receipt = await poor.receipt(answer)
  deepEqual([receipt['credits'], receipt['state'], receipt['units']], ['0', 'ok', { ...usual, request: 1 }])
})

test('the sum of many tiny charges is their number times the charge, to the nano-USD', { timeout }, async () => {
  const tiny = { input: '0.000001', output: '0.000002' }
  await stage.addModel({ id: 'tiny', prices: tiny, offers })
  const customer = await stage.addCustomer('1')
  const answers = await Promise.all(Array.from({ length: 60 }, () => customer.chat({ model: 'tiny' })))
  ok(answers.every(({ status }) => status === 200))
  equal(creditsFor(usual, tiny), '0.002', 'one nano-USD, the least there is')
  equal((await customer.balance()).spent, times('0.002', 60))
  await stage.reconcile()
})
