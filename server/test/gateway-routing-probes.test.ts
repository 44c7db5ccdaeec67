/** Offers that failed are asked whether they are back before a caller has to find out: whole servers, real upstreams. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import { at } from './support/ask.ts'
import { eventually } from './support/eventually.ts'
import { creditsFor, type PriceTexts } from './support/expected-cost.ts'
import { startMockUpstream } from './support/mock-upstream.ts'
import { openStage, upstreamKey } from './support/stage.ts'

const timeout = 180_000
/** Rests are five and ten seconds; after them it is left to chance in which second a probe is sent. */
const patienceMs = 60_000
const cheap: PriceTexts = { input: '1', output: '2' }
const dear: PriceTexts = { input: '3', output: '5' }

const stage = await openStage({ after }, { REDPILL_PROBES: 'paid' })
const customer = await stage.addCustomer('1000000000')

/** A model of its own with two upstreams, the first of which is asked first. */
async function setUp(id: string, dialect = 'compatible') {
  const first = await startMockUpstream({ after })
  const second = await startMockUpstream({ after })
  const model = `probes/${id}`
  const offers = [
    { providerId: await stage.addUpstream(first, { name: `${id}-1`, dialect }), prices: cheap },
    { providerId: await stage.addUpstream(second, { name: `${id}-2` }), prices: dear },
  ]
  await stage.addModel({ id: model, offers: offers.map((offer) => ({ ...offer, upstreamModel: 'normal' })) })

  async function askedBy() {
    const answer = await customer.chat({ model })
    equal(answer.status, 200, answer.text)
    const rows = at(await customer.receipt(answer), 'attempts') as readonly { provider: string; outcome: string }[]
    return rows.map(({ provider, outcome }) => `${provider} ${outcome}`)
  }
  return { model, first, second, askedBy }
}

type Line = Readonly<Record<string, unknown>>

const probesOf = (provider: string): readonly Line[] =>
  stage
    .server()
    .output()
    .split('\n')
    .slice(0, -1)
    .filter((line) => line.includes('"message":"probe"'))
    .map((line) => JSON.parse(line) as Line)
    .filter((line) => line['provider'] === provider)

test(
  'an offer that is down is asked for its models: while it stays so no caller is sent there, and once it is back the next is',
  { timeout },
  async () => {
    const { first, second, askedBy } = await setUp('down')
    first.setDown(true)
    for (let call = 0; call < 3; call++) deepEqual(await askedBy(), ['down-1 reset', 'down-2 answered'])
    await eventually('it was found to be down', () => probesOf('down-1').length === 1, patienceMs)
    equal(probesOf('down-1')[0]!['outcome'], 'failed')
    deepEqual(await askedBy(), ['down-2 answered'], 'its first rest was over, and nobody had to find out')
    first.setDown(false)
    await eventually('it was found to be back', () => probesOf('down-1').length === 2, patienceMs)
    equal(probesOf('down-1')[1]!['outcome'], 'answered')
    deepEqual(await askedBy(), ['down-1 answered'])
    deepEqual([first.listedCount(), second.listedCount()], [2, 0])
    const { url, operatorKey } = stage.server()
    const headers = { authorization: `Bearer ${operatorKey}` }
    const metrics = await (await fetch(`${url}/metrics`, { headers })).text()
    for (const outcome of ['failed', 'answered'])
      match(metrics, new RegExp(`redpill_probes_total\\{provider="down-1",kind="list",outcome="${outcome}"\\} 1`))
  },
)

test('an offer that has a call under way is not probed; when it has none any more it is', { timeout }, async () => {
  const busy = await setUp('busy')
  const idle = await setUp('idle')
  busy.first.enqueue('stall-mid')
  const gone = new AbortController()
  const stream = customer.chat({ model: busy.model, stream: true }, { signal: gone.signal }).catch(() => undefined)
  await eventually('it has a call', () => busy.first.requests.length === 1)
  for (const { first, askedBy } of [busy, idle]) {
    first.enqueue('server-error', 'server-error', 'server-error')
    for (let call = 0; call < 3; call++) equal((await askedBy()).length, 2)
  }
  await eventually('the idle one was probed', () => idle.first.listedCount() === 1, patienceMs)
  equal(busy.first.listedCount(), 0)
  gone.abort()
  await stream
  await eventually('the other one too', () => busy.first.listedCount() === 1, patienceMs)
})

test('where nothing is listed a token is bought, which the operator bears and no customer', { timeout }, async () => {
  const { first, askedBy } = await setUp('paid', 'perplexity')
  first.enqueue('server-error', 'server-error', 'server-error')
  for (let call = 0; call < 3; call++) equal((await askedBy()).length, 2)
  const before = await customer.balance()
  await eventually('it was asked', () => probesOf('paid-1').length === 1, patienceMs)
  const [line] = probesOf('paid-1')
  deepEqual(
    ['kind', 'outcome', 'tokens_in', 'tokens_out', 'operator_cost_credits'].map((field) => line![field]),
    ['call', 'answered', 11, 1, creditsFor({ input: 11, output: 1 }, cheap)],
  )
  const probe = first.requests[3]!
  deepEqual(probe.body, { model: 'normal', messages: [{ role: 'user', content: '.' }], max_tokens: 1 })
  deepEqual(await customer.balance(), before)
  deepEqual([await askedBy(), first.requests.length, first.listedCount()], [['paid-1 answered'], 5, 0])
  ok(!stage.everythingSaid().includes(upstreamKey), 'its key is told nowhere')
  await stage.reconcile()
})
