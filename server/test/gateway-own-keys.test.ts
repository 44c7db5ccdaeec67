/** Calls with an account's own key at a provider. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import { at } from './support/ask.ts'
import type { Customer } from './support/customer.ts'
import { eventually } from './support/eventually.ts'
import { creditsFor } from './support/expected-cost.ts'
import { startMockUpstream } from './support/mock-upstream.ts'
import { openStage, upstreamKey } from './support/stage.ts'

const timeout = 60_000
const ownKey = 'sk-customers-own-key-0123456789'
const stage = await openStage({ after }, { REDPILL_BYOK_FEE_BPS: '500' })
const mock = await startMockUpstream({ after })
const providerId = await stage.addUpstream(mock, { name: 'acme' })
const prices = { input: '2', output: '10' }
const feePrices = { input: '0.1', output: '0.5' }
await stage.addModel({ id: 'm', prices, offers: [{ providerId, upstreamModel: 'normal' }] })

async function withOwnKey(fallback: boolean, credits = '1000000'): Promise<Customer> {
  const customer = await stage.addCustomer(credits)
  const { accountId } = customer
  const { manage } = stage.server()
  await manage('POST', '/provider-keys', { provider_id: providerId, api_key: ownKey, account_id: accountId, fallback })
  return customer
}

const keysSent = () => mock.requests.map(({ headers }) => headers['authorization'])
const lastKeys = (count: number) => keysSent().slice(-count)
const [theirs, ours] = [`Bearer ${ownKey}`, `Bearer ${upstreamKey}`]

for (const stream of [false, true]) {
  test(
    `a call with an own key costs the fee, exactly, and its receipt says so (stream: ${stream})`,
    { timeout },
    async () => {
      const customer = await withOwnKey(true)
      mock.enqueue({ answer: { usage: 'always' } })
      const asked = { model: 'm', max_tokens: 50, stream, ...(stream && { stream_options: { include_usage: true } }) }
      const answer = await customer.chat(asked)
      equal(answer.status, 200, answer.text)
      deepEqual(lastKeys(1), [theirs])
      const receipt = await customer.receipt(answer)
      const units = receipt['units'] as { input: number; output: number }
      deepEqual(
        [receipt['is_byok'], receipt['credits'], receipt['upstream_inference_credits']],
        [true, creditsFor(units, feePrices), creditsFor(units, prices)],
      )
      const usage = stream ? (JSON.parse(answer.events.at(-2)!) as { usage: unknown }).usage : at(answer.json, 'usage')
      deepEqual(
        [at(usage as never, 'is_byok'), at(usage as never, 'cost_details.upstream_inference_cost')],
        [true, receipt['upstream_inference_cost']],
      )
      equal((await customer.balance()).spent, receipt['credits'])
      const attempts = receipt['attempts'] as readonly Record<string, unknown>[]
      deepEqual(
        attempts.map(({ own_key: own, outcome }) => [own, outcome]),
        [[true, 'answered']],
      )
    },
  )
}

test('another account is served with the operator’s key, at the price', { timeout }, async () => {
  await withOwnKey(false)
  const other = await stage.addCustomer('1000000')
  const receipt = await other.receipt(await other.chat({ model: 'm', max_tokens: 50 }))
  deepEqual(lastKeys(1), [ours])
  deepEqual([receipt['is_byok'], receipt['upstream_inference_cost']], [false, null])
})

test(
  'where the own key is refused the operator’s serves, at the price, and the caller is told why',
  { timeout },
  async () => {
    const customer = await withOwnKey(true)
    mock.enqueue('wrong-key')
    const answer = await customer.chat({ model: 'm', max_tokens: 50 })
    equal(answer.status, 200)
    deepEqual(lastKeys(2), [theirs, ours])
    match(answer.headers.get('x-redpill-warnings')!, /acme refused your account's own key with status 401/)
    const receipt = await customer.receipt(answer)
    const units = receipt['units'] as { input: number; output: number }
    deepEqual([receipt['is_byok'], receipt['credits']], [false, creditsFor(units, prices)])
  },
)

test('without fallback the refusal of the own key is the answer, and nothing is charged', { timeout }, async () => {
  const customer = await withOwnKey(false)
  const before = mock.requests.length
  mock.enqueue('wrong-key', 'wrong-key', 'rate-limited')
  const refused = await customer.chat({ model: 'm', max_tokens: 50 })
  deepEqual(
    [refused.status, at(refused.json, 'error.code'), at(refused.json, 'error.metadata')],
    [401, 'provider_key_refused', { provider: 'acme', status: 401 }],
  )
  const body = { model: 'm', max_tokens: 50, messages: [{ role: 'user', content: 'Hi' }] }
  const other = await customer.ask('/v1/messages', body)
  deepEqual([other.status, at(other.json, 'error.type')], [401, 'authentication_error'])
  const limited = await customer.chat({ model: 'm', max_tokens: 50 })
  deepEqual([limited.status, at(limited.json, 'error.code')], [429, 'rate_limit_exceeded'])
  match(String(at(limited.json, 'error.message')), /own key/)
  equal(mock.requests.length, before + 3)
  deepEqual(lastKeys(3), [theirs, theirs, theirs])
  const { spent, held } = await customer.balance()
  deepEqual([spent, held], ['0', '0'])
  const [receipt] = await customer.receipts()
  equal(receipt!['credits'], '0')
})

test('where the own key and then the operator’s fail, the caller hears of both', { timeout }, async () => {
  const customer = await withOwnKey(true)
  mock.enqueue('wrong-key', 'server-error')
  const failed = await customer.chat({ model: 'm', max_tokens: 50 })
  deepEqual([failed.status, at(failed.json, 'error.code')], [502, 'upstream_error'])
  match(String(at(failed.json, 'error.message')), /refused your account's own key with status 401/)
  deepEqual(lastKeys(2), [theirs, ours])
})

test('an account whose credits pay for the fee alone is served with its own key', { timeout }, async () => {
  const enough = creditsFor({ input: 100, output: 50 }, feePrices)
  const customer = await withOwnKey(false, enough)
  equal((await customer.chat({ model: 'm', max_tokens: 50 })).status, 200)
  deepEqual(lastKeys(1), [theirs])
})

test('keys that others have refused do not make the provider worse for anybody', { timeout }, async () => {
  const customer = await withOwnKey(false)
  for (let count = 0; count < 8; count++) {
    mock.enqueue('wrong-key')
    equal((await customer.chat({ model: 'm', max_tokens: 50 })).status, 401)
  }
  const other = await stage.addCustomer('1000000')
  const answer = await other.chat({ model: 'm', max_tokens: 50 }, { headers: { 'x-redpill-explain': '1' } })
  equal(answer.status, 200)
  deepEqual(lastKeys(1), [ours])
})

test('streams that begin late with own keys do not make the provider late for anybody', { timeout }, async () => {
  const second = await startMockUpstream({ after })
  const secondId = await stage.addUpstream(second, { name: 'second' })
  const dearer = { input: '3', output: '15' }
  await stage.addModel({
    id: 'two',
    offers: [
      { providerId, upstreamModel: 'normal', prices },
      { providerId: secondId, upstreamModel: 'normal', prices: dearer },
    ],
  })
  const asked = { model: 'two', max_tokens: 5, stream: true }
  const [customer, other] = [await withOwnKey(false), await stage.addCustomer('1000000')]
  for (let count = 0; count < 40; count++) equal((await other.chat(asked)).status, 200)
  mock.enqueue(...Array.from({ length: 8 }, () => ({ before: { waitMs: 2_500 } })))
  const late = await Promise.all(Array.from({ length: 8 }, () => customer.chat(asked)))
  deepEqual(
    late.map(({ status }) => status),
    Array.from({ length: 8 }, () => 200),
  )
  equal((await other.chat(asked)).status, 200)
  deepEqual([lastKeys(1), second.requests.length], [[ours], 0])
})

test(
  'a new key takes the place of the old one in the next call, and a forgotten one is used no more',
  { timeout },
  async () => {
    const customer = await withOwnKey(true)
    const { manage } = stage.server()
    const body = { provider: 'acme', api_key: `${ownKey}-new`, account_id: customer.accountId }
    const made = await manage<{ data: { id: string } }>('POST', '/provider-keys', body)
    const sent = (key: string) => async () => {
      equal((await customer.chat({ model: 'm', max_tokens: 50 })).status, 200)
      return lastKeys(1)[0] === key
    }
    await eventually('the new key is sent', sent(`${theirs}-new`))
    await manage('DELETE', `/provider-keys/${made.data.id}`)
    await eventually('the operator’s key is sent', sent(ours))
  },
)

const part = { type: 'file', file: { file_id: 'file-1' } }
const kept: readonly (readonly [what: string, path: string, body: object])[] = [
  ['chat', '/v1/chat/completions', { messages: [{ role: 'user', content: [part] }] }],
  [
    'chat, in what a tool gave back',
    '/v1/chat/completions',
    { messages: [{ role: 'user', content: [{ type: 'tool_result', content: [part] }] }] },
  ],
  [
    'Messages',
    '/v1/messages',
    { messages: [{ role: 'user', content: [{ type: 'document', source: { type: 'file', file_id: 'file_1' } }] }] },
  ],
  ['Responses', '/v1/responses', { input: [{ role: 'user', content: [{ type: 'input_file', file_id: 'file-1' }] }] }],
]

for (const [what, path, content] of kept) {
  test(
    `${what}: a file by id is asked for with the own key alone: nobody reads the operator’s`,
    { timeout },
    async () => {
      const body = { model: 'm', max_tokens: 50, ...content }
      const before = mock.requests.length
      const other = await stage.addCustomer('1000000')
      const refused = await other.ask(path, body)
      equal(refused.status, 400, refused.text)
      match(refused.text, /your account's own key/)
      equal(mock.requests.length, before)

      const customer = await withOwnKey(true)
      equal((await customer.ask(path, body)).status, 200)
      mock.enqueue('wrong-key')
      equal((await customer.ask(path, body)).status, 401)
      deepEqual(keysSent().slice(before), [theirs, theirs])
    },
  )
}

test('no own key was told or logged anywhere, and the ledger reconciles', async () => {
  const said = stage.everythingSaid()
  ok(!said.includes(ownKey) && !said.includes(upstreamKey))
  await stage.reconcile()
})
