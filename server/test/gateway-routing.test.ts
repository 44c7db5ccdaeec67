/** What callers may say of routing, and what becomes of it: whole servers, real upstreams, exact money. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import { at, textOf } from './support/ask.ts'
import { creditsFor, type PriceTexts } from './support/expected-cost.ts'
import { startMockUpstream } from './support/mock-upstream.ts'
import { openStage, type ModelOptions } from './support/stage.ts'

const timeout = 60_000
const cheap: PriceTexts = { input: '1', output: '2' }
const dear: PriceTexts = { input: '3', output: '5' }

const stage = await openStage({ after })
const first = await startMockUpstream({ after })
const second = await startMockUpstream({ after }, { words: ['From', ' the', ' second'], promptTokens: 13 })
const firstId = await stage.addUpstream(first, { name: 'first' })
const secondId = await stage.addUpstream(second, { name: 'second', dialect: 'openrouter' })

type OfferOptions = Partial<ModelOptions['offers'][number]>

/** A model with a cheap offer at the first upstream and a dear one at the second. */
async function addPair(id: string, one: OfferOptions = {}, other: OfferOptions = {}): Promise<void> {
  await stage.addModel({
    id,
    offers: [
      { providerId: firstId, upstreamModel: 'normal', prices: cheap, ...one },
      { providerId: secondId, upstreamModel: 'normal', prices: dear, ...other },
    ],
  })
}

const addSingle = (id: string, upstreamModel: string, more: Partial<ModelOptions> = {}) =>
  stage.addModel({ id, offers: [{ providerId: firstId, upstreamModel, prices: cheap }], ...more })

type Row = { readonly provider: string; readonly outcome: string; readonly model: string | null; readonly why: string }
const attemptsOf = (receipt: object) => at(receipt, 'attempts') as readonly Row[]

for (const stream of [false, true]) {
  const how = stream ? 'streamed' : 'plain'
  test(
    `${how}: when a model fails the next of the list answers, is named, and its price alone is paid`,
    { timeout },
    async () => {
      await addSingle(`list/broken-${how}`, 'server-error')
      await stage.addModel({
        id: `list/spare-${how}`,
        offers: [{ providerId: secondId, upstreamModel: 'normal', prices: dear }],
      })
      const customer = await stage.addCustomer('1000000')
      const answer = await customer.chat({ model: `list/broken-${how}`, models: [`list/spare-${how}`], stream })
      equal(answer.status, 200, answer.text)
      equal(stream ? textOf(answer) : at(answer.json, 'choices.0.message.content'), 'From the second')
      const named = stream ? at(JSON.parse(answer.events[0]!), 'model') : at(answer.json, 'model')
      equal(named, `list/spare-${how}`)
      const receipt = await customer.receipt(answer)
      equal(receipt['model'], `list/spare-${how}`)
      equal(receipt['credits'], creditsFor({ input: 13, output: 3 }, dear))
      deepEqual(
        attemptsOf(receipt).map(({ provider, outcome, model }) => [provider, outcome, model]),
        [
          ['first', 'status', null],
          ['second', 'answered', `list/spare-${how}`],
        ],
      )
      equal((await customer.balance()).held, '0')
    },
  )
}

test(
  'what one model refuses as wrong, the next of the list may take; the last refusal is told',
  { timeout },
  async () => {
    await addSingle('list/strict', 'bad-request')
    await stage.addModel({
      id: 'list/lenient',
      offers: [{ providerId: secondId, upstreamModel: 'normal', prices: dear }],
    })
    const customer = await stage.addCustomer('1000000')
    equal((await customer.chat({ models: ['list/strict', 'list/lenient'], model: 'list/strict' })).status, 200)
    const alone = await customer.chat({ model: 'list/strict' })
    deepEqual([alone.status, at(alone.json, 'error.message')], [400, 'Unknown field'])
  },
)

test(
  'the hold suffices for the dearest model of the list, so that falling back needs no credits that were not held',
  { timeout },
  async () => {
    await addSingle('list/poor', 'server-error', { outputTokensMax: 4 })
    await stage.addModel({
      id: 'list/rich',
      outputTokensMax: 4,
      offers: [{ providerId: secondId, upstreamModel: 'normal', prices: dear }],
    })
    const forFirst = await stage.addCustomer(creditsFor({ input: 30, output: 4 }, cheap))
    equal((await forFirst.chat({ model: 'list/poor', models: ['list/rich'], max_tokens: 4 })).status, 402)
    const forBoth = await stage.addCustomer(creditsFor({ input: 200, output: 4 }, dear))
    equal((await forBoth.chat({ model: 'list/poor', models: ['list/rich'], max_tokens: 4 })).status, 200)
  },
)

test(
  'only, ignore, order and the forced provider are obeyed; who leaves nobody is told whom it excluded and why',
  { timeout },
  async () => {
    await addPair('said/pair')
    const customer = await stage.addCustomer('1000000')
    const providerOf = async (provider: object, headers = {}) =>
      (await customer.receipt(await customer.chat({ model: 'said/pair', provider }, { headers })))['provider_name']
    equal(await providerOf({ ignore: ['first'] }), 'second')
    equal(await providerOf({ only: ['SECOND'] }), 'second')
    equal(await providerOf({ order: ['second', 'first'] }), 'second')
    equal(await providerOf({}, { 'x-redpill-provider': 'second' }), 'second')
    equal(await providerOf({}), 'first')
    const refused = await customer.chat({
      model: 'said/pair',
      provider: { only: ['first'], max_price: { prompt: 0.5 } },
    })
    deepEqual(
      [refused.status, at(refused.json, 'error.code'), at(refused.json, 'error.metadata.excluded')],
      [
        404,
        'no_allowed_provider',
        [
          { provider: 'first', model: 'said/pair', why: 'its price of input is above provider.max_price' },
          { provider: 'second', model: 'said/pair', why: 'not in provider.only' },
        ],
      ],
    )
    equal((await customer.balance()).held, '0')
  },
)

test('a malformed block is refused before anything is held, and names its field', { timeout }, async () => {
  await addPair('said/wrong')
  const customer = await stage.addCustomer('1000000')
  const before = first.requests.length
  const refused = await customer.chat({ model: 'said/wrong', provider: { sort: 'beauty' } })
  deepEqual([refused.status, at(refused.json, 'error.param')], [400, 'provider.sort'])
  const hedge = await customer.chat({ model: 'said/wrong' }, { headers: { 'x-redpill-hedge': 'soon' } })
  deepEqual([hedge.status, at(hedge.json, 'error.param')], [400, 'x-redpill-hedge'])
  equal(first.requests.length, before)
})

test(
  "a provider sees nothing of the caller's routing, but for one that routes itself, which gets the conditions",
  { timeout },
  async () => {
    await addPair('said/sent')
    const customer = await stage.addCustomer('1000000')
    const provider = { ignore: ['nobody'], data_collection: 'allow', max_price: { prompt: 100 }, hedge: 60_000 }
    const asked = { model: 'said/sent', models: ['said/sent'], route: 'fallback', session_id: 's' }
    await customer.chat({ ...asked, provider: { ...provider, order: ['first'] } })
    await customer.chat({ ...asked, provider: { ...provider, only: ['second'] } })
    const fieldsOf = (body: object | undefined) =>
      Object.keys(body ?? {}).filter((name) => ['provider', 'models', 'route', 'session_id'].includes(name))
    deepEqual(fieldsOf(first.requests.at(-1)?.body), [])
    deepEqual(fieldsOf(second.requests.at(-1)?.body), ['provider'])
    const { hedge: _hedge, ...conditions } = provider
    deepEqual(second.requests.at(-1)?.body['provider'], conditions)
  },
)

test('private offers alone are asked where privacy is wanted', { timeout }, async () => {
  const third = await stage.addUpstream(second, { name: 'third' })
  await stage.addModel({
    id: 'said/private',
    offers: [
      { providerId: firstId, upstreamModel: 'normal', prices: cheap },
      { providerId: third, upstreamModel: 'normal', prices: dear, facts: { zdr: true, data_collection: 'deny' } },
    ],
  })
  const customer = await stage.addCustomer('1000000')
  const answer = await customer.chat({ model: 'said/private', provider: { zdr: true, data_collection: 'deny' } })
  equal((await customer.receipt(answer))['provider_name'], 'third')
})

test('suffixes work on any model, and a free one only where it is free', { timeout }, async () => {
  await addPair('suffix/pair')
  const customer = await stage.addCustomer('1000000')
  const floor = await customer.chat({ model: 'suffix/pair:floor' })
  equal(at(floor.json, 'model'), 'suffix/pair')
  equal((await customer.receipt(floor))['provider_name'], 'first')
  equal((await customer.chat({ model: 'suffix/pair:nitro' })).status, 200)
  const free = await customer.chat({ model: 'suffix/pair:free' })
  deepEqual([free.status, at(free.json, 'error.code')], [404, 'no_allowed_provider'])
  equal((await customer.chat({ model: 'suffix/pair:huge' })).status, 404)
})

test(
  'a prompt that is too long for a context goes to a longer one; too long for all is told at once',
  { timeout },
  async () => {
    await addPair('long/pair', { facts: { context_length: 100 } })
    await addSingle('long/short', 'normal', { contextLength: 100 })
    const customer = await stage.addCustomer('100000000')
    const messages = [{ role: 'user', content: 'word '.repeat(1_000) }]
    equal((await customer.receipt(await customer.chat({ model: 'long/pair', messages })))['provider_name'], 'second')
    equal((await customer.receipt(await customer.chat({ model: 'long/pair' })))['provider_name'], 'first')
    const before = first.requests.length
    const refused = await customer.chat({ model: 'long/short', messages })
    deepEqual(
      [refused.status, at(refused.json, 'error.code'), at(refused.json, 'error.metadata.context_length')],
      [400, 'context_length_exceeded', 100],
    )
    equal(first.requests.length, before)
    // Its bound is above the context, and it fits all the same: nobody is refused by a guess.
    const fits = [{ role: 'user', content: 'word '.repeat(60) }]
    equal((await customer.chat({ model: 'long/short', messages: fits })).status, 200)
  },
)

test(
  'who asks is told how the call was routed: in a header, in the answer, at the end of a stream; the receipt has it always',
  { timeout },
  async () => {
    await addPair('told/pair', { upstreamModel: 'server-error' })
    const customer = await stage.addCustomer('1000000')
    const headers = { 'x-redpill-explain': '1' }
    const asked = { model: 'told/pair', provider: { ignore: ['nobody'] } }
    const plain = await customer.chat(asked, { headers })
    equal(plain.headers.get('x-redpill-route'), 'first=status 500, second=answered')
    deepEqual(
      [
        at(plain.json, 'redpill.provider'),
        at(plain.json, 'redpill.model'),
        at(plain.json, 'redpill.attempts.0.status'),
      ],
      ['second', 'told/pair', 500],
    )
    const streamed = await customer.chat({ ...asked, stream: true }, { headers })
    equal(streamed.headers.get('x-redpill-route'), 'first=status 500, second')
    const last = JSON.parse(streamed.events.at(-2)!) as object
    deepEqual([at(last, 'choices'), at(last, 'redpill.provider'), streamed.events.at(-1)], [[], 'second', '[DONE]'])
    const silent = await customer.chat(asked)
    deepEqual([silent.headers.get('x-redpill-route'), at(silent.json, 'redpill')], [null, undefined])
    const receipt = await customer.receipt(await customer.chat({ model: 'told/pair', provider: { only: ['second'] } }))
    deepEqual(at(receipt, 'routing.excluded'), [{ provider: 'first', model: null, why: 'not in provider.only' }])
    equal(attemptsOf(receipt)[0]?.why, 'only offer')
    const never = await customer.chat({ model: 'told/pair', provider: { only: ['first'] } }, { headers })
    match(never.headers.get('x-redpill-route') ?? '', /^first=status 500/)
  },
)

test("Anthropic's API takes the same fields, without a warning", { timeout }, async () => {
  await addPair('said/messages')
  const customer = await stage.addCustomer('1000000')
  const answer = await customer.ask('/v1/messages', {
    ...{ model: 'said/messages', max_tokens: 5, messages: [{ role: 'user', content: 'Hi' }] },
    ...{ provider: { only: ['second'] }, models: ['said/messages'] },
  })
  equal(answer.status, 200, answer.text)
  equal(answer.headers.get('x-redpill-warnings'), null)
  equal((await customer.receipt(answer))['provider_name'], 'second')
  deepEqual(second.requests.at(-1)?.body['provider'], undefined, 'names here are none of its business')
  const conditions = { only: ['second'], zdr: true }
  await customer.ask('/v1/responses', { model: 'said/messages', input: 'Hi', provider: conditions })
  deepEqual(second.requests.at(-1)?.body['provider'], { zdr: true }, 'what it is trusted with, it is told')
})

test('who serves a model is listed with prices, state and what was measured', { timeout }, async () => {
  await addPair(
    'listed/pair',
    { upstreamModel: 'server-error' },
    { facts: { region: 'eu-west-1', quantization: 'fp8' } },
  )
  const customer = await stage.addCustomer('1000000')
  for (let call = 0; call < 3; call++) await customer.chat({ model: 'listed/pair', stream: true })
  for (const path of ['/v1/models/listed/pair/endpoints', '/api/v1/models/listed/pair/endpoints']) {
    const response = await fetch(stage.server().url + path)
    const { data } = (await response.json()) as { data: { id: string; endpoints: Record<string, unknown>[] } }
    equal(data.id, 'listed/pair')
    const [one, other] = ['first', 'second'].map((name) =>
      data.endpoints.find((each) => each['provider_name'] === name),
    )
    deepEqual([one?.['status'], one?.['uptime_last_5m'], one?.['latency_last_30m']], [-2, 0, null])
    deepEqual([other?.['status'], other?.['uptime_last_1d'], other?.['tag']], [0, 100, 'second/eu-west-1'])
    equal(at(other, 'pricing.prompt'), '0.000003')
    ok(Number(at(other, 'latency_last_30m.p99')) > 0)
  }
  equal((await fetch(`${stage.server().url}/v1/models/no/such/endpoints`)).status, 404)
})

test('what a strict caller wants whole is not asked of a provider that leaves something out', { timeout }, async () => {
  const narrow = await stage.addUpstream(first, { name: 'narrow', dialect: 'openai' })
  await stage.addModel({
    id: 'said/whole',
    offers: [
      { providerId: narrow, upstreamModel: 'normal', prices: cheap },
      { providerId: secondId, upstreamModel: 'normal', prices: dear },
      { providerId: firstId, upstreamModel: 'normal', prices: cheap },
    ],
  })
  const customer = await stage.addCustomer('1000000')
  const asked = { model: 'said/whole', top_k: 5 }
  const loose = await customer.chat(asked)
  ok(loose.headers.get('x-redpill-warnings')?.includes('top_k'))
  const whole = await customer.chat({ ...asked, provider: { require_parameters: true } })
  equal((await customer.receipt(whole))['provider_name'], 'second')
  const unknown = await customer.chat({ ...asked, provider: { require_parameters: true, only: ['first'] } })
  deepEqual([unknown.status, at(unknown.json, 'error.code')], [404, 'no_allowed_provider'])
})

test('the ledger reconciles after all of it', { timeout }, () => stage.reconcile())
