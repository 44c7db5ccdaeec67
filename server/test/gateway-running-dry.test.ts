import { deepEqual, equal, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import { openTokenCounter } from '../src/providers/index.ts'
import { startMockUpstream } from './support/mock-upstream.ts'
import { textOf, type Answer, at } from './support/ask.ts'
import { eventually } from './support/eventually.ts'
import { creditsFor, thousandths } from './support/expected-cost.ts'
import { openStage } from './support/stage.ts'

const prices = { input: '3.000001', output: '7.000003' }
const echoPrices = { input: '0.01', output: '0.01' }
const timeout = 60_000

const stage = await openStage({ after }, { REDPILL_HOLD_WAIT_SECONDS: '1' })
const words = Array.from({ length: 3_000 }, (_, index) => ` word${index}`)
const long = await startMockUpstream({ after }, { words })
const counter = openTokenCounter()
after(() => counter.close())
const longId = await stage.addUpstream(long, { name: 'long' })
const openaiId = await stage.addUpstream(long, { name: 'like-openai', dialect: 'openai' })
await stage.addModel({ id: 'long', prices, offers: [{ providerId: longId, upstreamModel: 'long' }] })
await stage.addModel({
  id: 'bounded',
  prices,
  outputTokensMax: 900,
  offers: [{ providerId: longId, upstreamModel: 'long' }],
})
await stage.addModel({ id: 'openai-like', prices, offers: [{ providerId: openaiId, upstreamModel: 'long' }] })

const prompt = (count: number) => [
  { role: 'user', content: Array.from({ length: count }, (_, index) => `w${index}`).join(' ') },
]
const sentLast = () => long.requests.at(-1)!.body

/** A stream that was cut says so, ends in order, and its own chunks carry the id of the others. */
function checkCut({ events }: Answer): void {
  equal(events.at(-1), '[DONE]')
  const last = JSON.parse(events.at(-2)!) as object
  equal(at(last, 'choices.0.finish_reason'), 'length')
  equal(at(last, 'id'), at(JSON.parse(events[0]!), 'id'))
}

for (const count of [1, 17, 300]) {
  test(
    `a stream ends with finish_reason length at the last token that can be paid: ${count} of a built-in model`,
    { timeout },
    async () => {
      const promptWords = 700
      const funds = creditsFor({ input: promptWords, output: 15 + count }, echoPrices)
      const customer = await stage.addCustomer(funds)
      const answer = await customer.chat({ model: 'local/echo', stream: true, messages: prompt(promptWords) })
      checkCut(answer)
      equal(textOf(answer).split(' ').length, 15 + count)
      const receipt = await customer.receipt(answer)
      deepEqual([receipt['finish_reason'], receipt['cut_by'], receipt['state']], ['length', 'credits', 'ok'])
      const { available, held, spent } = await customer.balance()
      deepEqual([available, held, spent], ['0', '0', funds])
      equal(receipt['shortfall_credits'], '0')
    },
  )
}

test(
  'a stream of an upstream that sends faster than it is paid is cut, cancelled, and paid to the last chunk delivered',
  { timeout },
  async () => {
    const funds = creditsFor({ input: 200, output: 400 }, prices)
    const customer = await stage.addCustomer(funds)
    const answer = await customer.chat({ model: 'long', stream: true })
    checkCut(answer)
    const receipt = await customer.receipt(answer)
    equal(receipt['shortfall_credits'], '0')
    const text = textOf(answer)
    ok(words.join('').startsWith(text))
    const input = 6 + (await counter.count(['user', 'Hi']))
    const output = await counter.count([text])
    deepEqual(receipt['units'], { input, output, request: 1 })
    equal(receipt['credits'], creditsFor({ input, output }, prices))
    const { available, held } = await customer.balance()
    deepEqual([held, available.startsWith('-')], ['0', false])
    ok(thousandths(available) < thousandths(creditsFor({ input: 40 }, prices)), `${available} credits were left unused`)
    await eventually('the upstream is told to stop', () => long.requests.at(-1)!.outcome !== 'open')
  },
)

test(
  'a stream of a caller who can pay runs to its end: the hold grows with it, and what is not used comes back',
  { timeout },
  async () => {
    const customer = await stage.addCustomer('10000000')
    const answer = await customer.chat({ model: 'long', stream: true })
    equal(textOf(answer), words.join(''))
    const receipt = await customer.receipt(answer)
    deepEqual([receipt['finish_reason'], receipt['cut_by']], ['stop', null])
    equal(receipt['credits'], creditsFor({ input: 11, output: words.length }, prices))
    ok(thousandths(receipt['held_credits']) > thousandths(creditsFor({ output: 2_000 }, prices)), 'the hold grew')
    const { held, spent } = await customer.balance()
    deepEqual([held, spent], ['0', receipt['credits']])
  },
)

test('a running stream is cut when its key runs dry, though the account has more', { timeout }, async () => {
  const limit = creditsFor({ input: 20, output: 50 }, echoPrices)
  const customer = await stage.addCustomer('1000000', { limit_credits: limit })
  const answer = await customer.chat({ model: 'local/echo', stream: true, messages: prompt(20), echo: { tokens: 500 } })
  checkCut(answer)
  equal((await customer.balance()).spent, limit)
})

test('a call that its key caps is refused, or cut, at the cap', { timeout }, async () => {
  const cap = creditsFor({ input: 20, output: 50 }, echoPrices)
  const customer = await stage.addCustomer('1000000', { call_cap_credits: cap })
  const refused = await customer.chat({ model: 'local/echo', messages: prompt(20), max_tokens: 51 })
  deepEqual([refused.status, at(refused.json, 'error.metadata.limit')], [402, 'call'])
  equal(at(refused.json, 'error.metadata.affordable_output_tokens'), 50)
  const allowed = await customer.chat({ model: 'local/echo', messages: prompt(20), max_tokens: 50 })
  equal(allowed.status, 200)
  const cut = await customer.chat({ model: 'local/echo', stream: true, messages: prompt(20), echo: { tokens: 500 } })
  checkCut(cut)
  equal((await customer.receipt(cut))['credits'], cap)
})

test('a plain call without a bound goes upstream as it is when the caller is rich', { timeout }, async () => {
  const customer = await stage.addCustomer('10000000')
  const answer = await customer.chat({ model: 'long' })
  equal(at(answer.json, 'choices.0.finish_reason'), 'stop')
  deepEqual([sentLast()['max_tokens'], sentLast()['max_completion_tokens']], [undefined, undefined])
})

for (const [model, field] of [
  ['long', 'max_tokens'],
  ['openai-like', 'max_completion_tokens'],
] as const) {
  test(
    `a plain call without a bound is bounded upstream by ${field} to what the caller can pay, all of it`,
    { timeout },
    async () => {
      const customer = await stage.addCustomer(creditsFor({ input: 40, output: 500 }, prices))
      const answer = await customer.chat({ model })
      const bound = sentLast()[field] as number
      ok(bound >= 500 && bound < 520, `${bound}`)
      const other = field === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens'
      equal(sentLast()[other], undefined)
      equal(at(answer.json, 'choices.0.finish_reason'), 'length')
      const { available, held } = await customer.balance()
      deepEqual([held, available.startsWith('-')], ['0', false])
      equal((await customer.receipt(answer))['shortfall_credits'], '0')
    },
  )
}

test(
  'the prompt of a call that cannot pay for a guess is counted, so the bound uses what is there',
  { timeout },
  async () => {
    const content = 'the '.repeat(20_000)
    const promptTokens = await counter.count([content])
    const customer = await stage.addCustomer(creditsFor({ input: promptTokens + 100, output: 1_000 }, prices))
    const answer = await customer.chat({ model: 'long', messages: [{ role: 'user', content }] })
    equal(answer.status, 200, answer.text)
    const bound = sentLast()['max_tokens'] as number
    ok(bound >= 1_000 && bound < 1_060, `${bound}`)
  },
)

test(
  "a caller's own bound is sent as it is, whichever field it stands in, by a name that the provider has for it",
  { timeout },
  async () => {
    const customer = await stage.addCustomer('10000000')
    for (const [model, field, sent] of [
      ['long', 'max_completion_tokens', 'max_tokens'],
      ['openai-like', 'max_completion_tokens', 'max_completion_tokens'],
      ['openai-like', 'max_tokens', 'max_tokens'],
    ] as const) {
      await customer.chat({ model, [field]: 7 })
      deepEqual([sentLast()[sent], Object.keys(sentLast()).filter((name) => name.startsWith('max_'))], [7, [sent]])
    }
  },
)

test("a model's own bound limits what is held and sent, not a larger one of the caller", { timeout }, async () => {
  const customer = await stage.addCustomer(creditsFor({ input: 40, output: 900 }, prices))
  const answer = await customer.chat({ model: 'bounded' })
  equal(answer.status, 200)
  equal(sentLast()['max_tokens'], undefined, 'the model bounds itself')
})

test('a plain completion has the bound that OpenAI documents, told to every provider', { timeout }, async () => {
  const customer = await stage.addCustomer('10000000')
  const answer = await customer.ask('/v1/completions', { model: 'long', prompt: 'Hi' })
  equal(sentLast()['max_tokens'], 16)
  equal(at(answer.json, 'usage.completion_tokens'), 16)
})

test('a refusal tells what is there, what is needed, and how many tokens would do', { timeout }, async () => {
  const customer = await stage.addCustomer(creditsFor({ input: 20, output: 5 }, echoPrices))
  const answer = await customer.chat({ model: 'local/echo', messages: prompt(20), max_tokens: 100 })
  equal(answer.status, 402)
  deepEqual(at(answer.json, 'error.metadata'), {
    available_credits: creditsFor({ input: 20, output: 5 }, echoPrices),
    needed_credits: creditsFor({ input: 20, output: 100 }, echoPrices),
    limit: 'account',
    affordable_output_tokens: 5,
  })
  const nothing = await stage.addCustomer('0')
  const refused = await nothing.chat({ model: 'local/echo', stream: true })
  deepEqual([refused.status, at(refused.json, 'error.metadata.affordable_output_tokens')], [402, 0])
})
