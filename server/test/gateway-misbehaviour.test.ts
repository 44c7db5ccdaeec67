import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { openTokenCounter } from '../src/providers/index.ts'
import type { Units } from '../src/credits/index.ts'
import { behaviourNames, startMockUpstream, type BehaviourName } from './support/mock-upstream.ts'
import { textOf, type Answer, at } from './support/ask.ts'
import { event } from './support/mock-upstream-answers.ts'
import type { Customer } from './support/customer.ts'
import { eventually } from './support/eventually.ts'
import { creditsFor } from './support/expected-cost.ts'
import { openStage, upstreamKey } from './support/stage.ts'

/** Prices that do not divide evenly, so that every rounding shows. */
const prices = { input: '3.000001', cached_input: '0.500007', output: '7.000003', reasoning: '9.1' }
const wholeText = 'Hello from the mock upstream'
const usual = { input: 11, output: 5 }
const timeout = 60_000
const timeouts = { REDPILL_FIRST_BYTE_TIMEOUT_SECONDS: '6', REDPILL_IDLE_TIMEOUT_SECONDS: '6' }

type Expected = {
  readonly status: number
  /** Of the error, in the body or in the last event. */
  readonly code?: string
  /** What is charged, as the provider told it or as it was counted; absent: nothing. */
  readonly units?: Units
  readonly counted?: true
  /** The text of the answer; the usual one where absent. */
  readonly text?: string
  readonly upstream?: 'answered' | 'cancelled' | 'reset' | 'either'
}

const good: Expected = { status: 200, units: usual }
const failed: Expected = { status: 502, code: 'upstream_error' }
const brokenAfter = (code: string, upstream: NonNullable<Expected['upstream']> = 'answered'): Expected => ({
  status: 200,
  code,
  text: 'Hello from the',
  units: { output: 3 },
  counted: true,
  upstream,
})
const late: Expected = { status: 504, code: 'upstream_timeout', upstream: 'cancelled' }

/** What becomes of each misbehaviour: of a plain call, and of a streamed one. */
const expectations: Readonly<Record<BehaviourName, readonly [plain: Expected, streamed: Expected]>> = {
  normal: [good, good],
  'stall-before': [late, late],
  'stall-mid': [late, brokenAfter('upstream_timeout', 'cancelled')],
  'reset-before': [
    { ...failed, upstream: 'reset' },
    { ...failed, upstream: 'reset' },
  ],
  'reset-mid': [{ ...failed, upstream: 'reset' }, brokenAfter('upstream_error', 'reset')],
  'rate-limited': [
    { status: 429, code: 'rate_limit_exceeded' },
    { status: 429, code: 'rate_limit_exceeded' },
  ],
  'server-error': [failed, failed],
  'bad-request': [
    { status: 400, code: 'invalid_request' },
    { status: 400, code: 'invalid_request' },
  ],
  'wrong-key': [failed, failed],
  html: [failed, failed],
  'truncated-json': [failed, failed],
  'cut-everywhere': [good, good],
  'no-usage': [
    { status: 200, units: { output: 5 }, counted: true },
    { status: 200, units: { output: 5 }, counted: true },
  ],
  'huge-usage': [
    { status: 200, units: { input: 11, output: 1_000_000 } },
    { status: 200, units: { input: 11, output: 1_000_000 } },
  ],
  gzip: [good, good],
  'long-line': [
    { status: 200, units: { input: 11, output: 1 }, text: 'x'.repeat(10_000_000) },
    // What is left of the line fits buffers.
    { ...failed, upstream: 'either' },
  ],
  'invalid-utf8': [
    { status: 200, units: usual, text: 'Hello from the \ufffd\ufffd\ufffd upstream' },
    { status: 200, units: usual, text: 'Hello from the \ufffd\ufffd\ufffd upstream' },
  ],
  'slow-trickle': [
    { status: 200, units: { input: 11, output: 200 }, text: trickle() },
    { status: 200, units: { input: 11, output: 200 }, text: trickle() },
  ],
  'empty-stream': [failed, failed],
  'done-missing': [good, good],
  'error-event': [failed, brokenAfter('upstream_error')],
  redirect: [failed, failed],
}

function trickle(): string {
  return Array.from({ length: 200 }, (_, index) => ` word${index}`).join('')
}

const stage = await openStage({ after }, timeouts)
const mock = await startMockUpstream({ after })
const counter = openTokenCounter()
after(() => counter.close())

const providerId = await stage.addUpstream(mock)
for (const name of behaviourNames) {
  await stage.addModel({ id: `mock/${name}`, prices, offers: [{ providerId, upstreamModel: name }] })
}

suite('an upstream that misbehaves', { concurrency: 8 }, () => {
  for (const [name, [plain, streamed]] of Object.entries(expectations)) {
    test(`${name}: a plain call is told clearly and charged exactly`, { timeout }, () => check(name, false, plain))
    test(`${name}: a streamed call is told clearly and charged exactly`, { timeout }, () => check(name, true, streamed))
  }
})

async function check(name: string, stream: boolean, expected: Expected): Promise<void> {
  const customer = await stage.addCustomer('100000000')
  const answer = await customer.chat({ model: `mock/${name}`, stream, user: customer.accountId })
  equal(answer.status, expected.status, answer.text.slice(0, 1_000))
  ok(!answer.broken)
  if (stream && answer.status === 200) checkStream(answer, expected)
  else checkPlain(answer, expected)
  equal(answer.headers.get('retry-after'), name === 'rate-limited' ? '7' : null)

  const cost = await checkReceipt(customer, answer, { name, stream, expected })
  if (answer.status === 200 && !stream) equal(at(answer.json, 'usage.cost_credits'), cost)
  const requests = mock.requests.filter(({ body }) => body['user'] === customer.accountId)
  const [sent] = requests
  // Nothing was delivered, so what broke the connection is asked once more.
  const isRepeated = requests[0]?.outcome === 'reset' && answer.status !== 200
  equal(requests.length, isRepeated ? 2 : 1)
  await eventually('the upstream connection is done with', () => sent?.outcome !== 'open')
  if (expected.upstream !== 'either') equal(sent?.outcome, expected.upstream ?? 'answered')
}

/** The receipt says what happened, the balance fell by exactly that, and nothing stays held. */
async function checkReceipt(
  customer: Customer,
  answer: Answer,
  { name, stream, expected }: { name: string; stream: boolean; expected: Expected },
): Promise<string> {
  const { units = {}, counted, code } = expected
  const receipt = await customer.receipt(answer)
  const input = counted ? { input: await countPrompt() } : {}
  const request = expected.units ? { request: 1 } : {}
  deepEqual(receipt['units'], { ...units, ...input, ...request })
  equal(receipt['state'], code === undefined ? 'ok' : 'failed')
  equal(receipt['usage_source'], !expected.units ? 'none' : counted ? 'counted' : 'provider')
  equal(receipt['streamed'], stream)
  equal(at(receipt, 'attempts.0.outcome') === 'answered', code === undefined, name)
  const cost = creditsFor({ ...units, ...input }, prices)
  equal(receipt['credits'], cost)
  equal(receipt['shortfall_credits'], '0')
  const balance = await customer.balance()
  deepEqual([balance.held, balance.spent], ['0', cost])
  return cost
}

/** OpenAI's rule for chat prompts: three tokens a message, three that open the answer, and the texts. */
const countPrompt = async () => 2 * 3 + (await counter.count(['user', 'Hi']))

test('what an upstream says of itself, and our key there, is told to nobody', () => {
  const said = stage.everythingSaid()
  ok(said.length > 100_000, 'the cases above were heard')
  for (const secret of [upstreamKey, `:${mock.port}`, 'secret-cluster', 'req_mock', '169.254.', 'Overloaded']) {
    ok(!said.includes(secret), secret)
  }
  ok(mock.requests.every(({ headers }) => headers.authorization === `Bearer ${upstreamKey}`))
})

test('the ledger reconciles after all of it', async () => {
  await stage.reconcile()
})

function checkPlain(answer: Answer, { code, text = wholeText }: Expected): void {
  match(answer.headers.get('content-type') ?? '', /^application\/json/)
  if (code === undefined) {
    equal(at(answer.json, 'choices.0.message.content'), text)
    return
  }
  equal(at(answer.json, 'error.code'), code)
  equal(typeof at(answer.json, 'error.message'), 'string')
  equal(answer.headers.get('x-generation-id')?.startsWith('gen-'), true)
}

function checkStream(answer: Answer, { code, text = wholeText }: Expected): void {
  match(answer.headers.get('content-type') ?? '', /^text\/event-stream/)
  equal(textOf(answer), text)
  const last = answer.events.at(-1) ?? ''
  if (code === undefined) equal(last, '[DONE]')
  else equal(at(JSON.parse(last), 'error.code'), code)
  equal(answer.events.filter((data) => data === '[DONE]').length, code === undefined ? 1 : 0)
  ok(!answer.text.includes('"usage":{'), 'usage was not asked for')
}

for (const asked of [false, true]) {
  test(
    `usage beside choices is told ${asked ? 'once, at the end and with its cost, to who' : 'to nobody who has not'} asked`,
    { timeout },
    async () => {
      const usage = { prompt_tokens: 11, completion_tokens: 1, total_tokens: 12 }
      const chunk = (content: string, reason: string | null) =>
        event({
          id: 'x',
          object: 'chat.completion.chunk',
          created: 1,
          model: 'normal',
          choices: [{ index: 0, delta: { content }, finish_reason: reason }],
          usage,
        })
      mock.enqueue({ deliver: () => [chunk('Hi', null), chunk('', 'stop'), Buffer.from('data: [DONE]\n\n')] })
      const customer = await stage.addCustomer('1000000')
      const more = asked ? { stream_options: { include_usage: true } } : {}
      const answer = await customer.chat({ model: 'mock/normal', stream: true, ...more })
      equal(textOf(answer), 'Hi')
      const told = answer.events.filter((data) => data.includes('"usage"'))
      equal(told.length, asked ? 1 : 0, answer.text)
      if (asked) equal(at(JSON.parse(told[0]!), 'usage.cost_credits'), creditsFor({ input: 11, output: 1 }, prices))
      ok(answer.events.slice(0, -1).every((data) => data.includes('"model":"mock/normal"')))
    },
  )
}
