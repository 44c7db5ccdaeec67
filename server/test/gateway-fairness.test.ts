/** What one account does with its calls does not take a provider, or the way to another one, from the others. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import { at } from './support/ask.ts'
import type { Customer } from './support/customer.ts'
import { eventually } from './support/eventually.ts'
import { startMockUpstream, type Behaviour } from './support/mock-upstream.ts'
import { openStage } from './support/stage.ts'

const timeout = 60_000
const stage = await openStage({ after })
const [one, another] = [await stage.addCustomer('1000000000'), await stage.addCustomer('1000000000')]

/** A model of its own, at a cheap provider and a dear one, and at those who always fail. */
async function setUp(id: string, broken: readonly string[] = []) {
  const [cheap, dear] = [await startMockUpstream({ after }), await startMockUpstream({ after })]
  const [cheapId, dearId] = [
    await stage.addUpstream(cheap, { name: `${id}-cheap` }),
    await stage.addUpstream(dear, { name: `${id}-dear` }),
  ]
  const brokenIds = await Promise.all(broken.map((name) => stage.addUpstream(dear, { name })))
  const model = `fair/${id}`
  await stage.addModel({
    id: model,
    offers: [
      { providerId: cheapId, upstreamModel: 'normal', prices: { input: '1', output: '1' } },
      { providerId: dearId, upstreamModel: 'normal', prices: { input: '9', output: '9' } },
      ...brokenIds.map((providerId) => ({
        ...{ providerId, upstreamModel: 'server-error', prices: { input: '10', output: '10' } },
      })),
    ],
  })
  return { model, cheap, dear, cheapId }
}

type Row = { readonly provider: string; readonly outcome: string; readonly status: number | null; readonly why: string }
const attemptsOf = async (customer: Customer, answer: { readonly generation: string }) =>
  at(await customer.receipt(answer), 'attempts') as readonly Row[]

const refusal = (status: number, error: object): Behaviour => ({
  status,
  deliver: () => [Buffer.from(JSON.stringify({ error }))],
})
const errorEvent = (error: object): Behaviour => ({
  deliver: () => [Buffer.from(`data: ${JSON.stringify({ error })}\n\n`)],
})
const times = <Value>(count: number, value: Value) => Array.from({ length: count }, () => value)

for (const header of ['x-redpill-timeout-ms', 'x-redpill-first-byte-timeout-ms']) {
  for (const stream of [false, true]) {
    test(
      `a caller with less patience than the operator (${header}, stream: ${stream}) takes the provider from nobody`,
      { timeout },
      async () => {
        const { model, cheap } = await setUp(`patience-${header}-${stream}`)
        cheap.enqueue(...times(4, 'stall-before' as const))
        // On a slow machine the time of a call may be over before it is sent.
        for (let call = 0; call < 20 && cheap.requests.length < 4; call++)
          await one.chat({ model, stream }, { headers: { [header]: '200' } })
        equal(cheap.requests.length, 4)
        const [row] = await attemptsOf(another, await another.chat({ model }))
        deepEqual([row!.why, row!.outcome], ['cheapest', 'answered'])
      },
    )
  }
}

test(
  'whoever makes a provider fall over goes elsewhere alone, until it falls over for others too',
  { timeout },
  async () => {
    const { model, cheap, dear } = await setUp('fallen')
    equal((await another.chat({ model })).status, 200)
    cheap.enqueue(...times(3, 'server-error' as const))
    for (let call = 0; call < 3; call++) equal((await one.chat({ model })).status, 200)
    equal((await one.chat({ model })).status, 200)
    deepEqual([cheap.requests.length, dear.requests.length], [4, 4], 'it is asked no more')
    const [row] = await attemptsOf(another, await another.chat({ model }))
    deepEqual([row!.why, row!.outcome], ['cheapest', 'answered'])
    const [third, fourth] = [await stage.addCustomer('1000000000'), await stage.addCustomer('1000000000')]
    cheap.enqueue(...times(4, 'server-error' as const))
    for (const customer of [another, third, another, third]) equal((await customer.chat({ model })).status, 200)
    const before = cheap.requests.length
    equal((await fourth.chat({ model })).status, 200)
    equal(cheap.requests.length, before, 'it rests for all')
  },
)

const blamesTheRequest: Readonly<Record<string, Behaviour>> = {
  'a context that is too short, told with 500': refusal(500, { message: 'no', code: 'context_length_exceeded' }),
  'a content filter, told with 502': refusal(502, { message: 'no', code: 'content_filter' }),
  'a file that is not there, told with 404': refusal(404, { message: 'no such file', param: 'file_id' }),
  'headers that are too large': refusal(431, { message: 'no' }),
  'a prompt above the limit of a minute by itself': refusal(429, {
    ...{ message: 'Request too large for gpt-4o on tokens per min (TPM): Limit 10, Requested 20.' },
    code: 'rate_limit_exceeded',
  }),
  'an error inside of a stream that names 400': errorEvent({ message: 'no', code: 400 }),
  'an error inside of a stream that names the context': errorEvent({ message: 'no', code: 'context_length_exceeded' }),
}

for (const [what, behaviour] of Object.entries(blamesTheRequest)) {
  test(`whoever sends what no provider takes (${what}) takes the provider from nobody`, { timeout }, async () => {
    const { model, cheap } = await setUp(`blame-${Object.keys(blamesTheRequest).indexOf(what)}`)
    cheap.enqueue(...times(4, behaviour))
    for (let call = 0; call < 4; call++) await one.chat({ model, stream: true })
    equal(cheap.requests.length, 4)
    const [row] = await attemptsOf(another, await another.chat({ model }))
    deepEqual([row!.why, row!.outcome], ['cheapest', 'answered'])
  })
}

const ownKeyFails: readonly (readonly [what: string, Behaviour | 'reset-before', requests: number])[] = [
  ['404, for its account has not got the model', refusal(404, { message: 'no', code: 'model_not_found' }), 1],
  ['500, for its project is broken', refusal(500, { message: 'no' }), 1],
  ['a broken connection, twice', 'reset-before', 2],
]

for (const [index, [what, behaviour, requests]] of ownKeyFails.entries()) {
  test(`an account whose own key fails (${what}) takes the provider from nobody`, { timeout }, async () => {
    const { model, cheap, cheapId } = await setUp(`own-${index}`)
    const owner = await stage.addCustomer('1000000000')
    await stage.server().manage('POST', '/provider-keys', {
      ...{ provider_id: cheapId, api_key: 'sk-own-key-0123456789', account_id: owner.accountId, fallback: false },
    })
    cheap.enqueue(...times(4 * requests, behaviour))
    for (let call = 0; call < 4; call++) await owner.chat({ model })
    equal(cheap.requests.length, 4 * requests)
    const [row] = await attemptsOf(another, await another.chat({ model }))
    equal(row!.why, 'cheapest')
  })
}

test(
  'however much one account hedges and fails over, the next offer is asked for the others, and for itself without hedging',
  { timeout },
  async () => {
    const { model, cheap, dear } = await setUp('hedges')
    const hedging = { model, provider: { hedge: 1 } }
    cheap.enqueue(...times(90, { before: { waitMs: 40 } }))
    for (const _part of times(9, 0)) await Promise.all(times(10, hedging).map((body) => one.chat(body)))
    await eventually('every call has come to the cheap one', () => cheap.requests.length === 90)
    ok(dear.requests.length >= 10, `${dear.requests.length} calls were hedged`)
    for (const customer of [another, one]) {
      cheap.enqueue('server-error')
      const answer = await customer.chat(customer === one ? hedging : { model })
      equal(answer.status, 200, answer.text)
    }
  },
)

test('an account whose calls fail everywhere leaves others enough to fail over', { timeout }, async () => {
  const broken = ['broken-one', 'broken-another']
  const { model, cheap } = await setUp('drained', broken)
  for (const _part of times(12, 0))
    await Promise.all(times(10, { model, provider: { only: broken } }).map((body) => one.chat(body)))
  cheap.enqueue('server-error')
  const answer = await another.chat({ model, provider: { ignore: broken } })
  deepEqual(
    (await attemptsOf(another, answer)).map(({ outcome }) => outcome),
    ['status', 'answered'],
  )
})

test('the ledger reconciles after all of it', { timeout }, () => stage.reconcile())
