import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { recoverLostCalls } from '../src/credits/index.ts'
import { graceMs } from '../src/credits/recovery.ts'
import type { Uuid } from '../src/core/ids.ts'
import { textOf, type Answer } from './support/ask.ts'
import type { Customer } from './support/customer.ts'
import { eventually } from './support/eventually.ts'
import { creditsFor, thousandths } from './support/expected-cost.ts'
import { startMockUpstream, type BehaviourName } from './support/mock-upstream.ts'
import { openStage, type Stage } from './support/stage.ts'

const prices = { input: '0.01', output: '0.01' }
const timeout = 120_000
const granted = '1000000'
const streamsAtOnce = 6
const streamsOfFour = 20
const words = Array.from({ length: 1_000 }, (_, index) => `word${index}`)

/** A stream that takes ten seconds or more. Resolves when it ended or broke; `read` is what had come until then. */
function openStream(customer: Customer) {
  const stream = { read: '', ended: Promise.resolve() as Promise<Answer | undefined> }
  stream.ended = customer
    .chat(
      {
        ...{ model: 'local/echo', stream: true, echo: { delay_ms: 10 } },
        messages: [{ role: 'user', content: words.join(' ') }],
      },
      { onPiece: (piece) => void (stream.read += piece) },
    )
    .catch(() => undefined)
  return stream
}

/** A call that was answered whole: it must be on the ledger, once, whatever dies afterwards. */
async function acknowledged(customer: Customer): Promise<{ generation: string; credits: string }> {
  const answer = await customer.chat({ model: 'local/echo' })
  equal(answer.status, 200, answer.text)
  return { generation: answer.generation, credits: creditsFor({ input: 1, output: 1 }, prices) }
}

async function checkpointsAre(stage: Stage, count: number): Promise<boolean> {
  const { rows } = await stage.database.pool.query('select from hold where checkpoint_cost > 0')
  return rows.length === count
}

/** The account after a crash: nothing held, each interrupted call charged for less than was delivered, the sum exact. */
async function checkBooks(stage: Stage, customer: Customer, known: readonly { generation: string; credits: string }[]) {
  await eventually('no hold is left', async () => (await customer.balance()).held === '0', 60_000)
  const receipts = await customer.receipts()
  for (const { generation, credits } of known) {
    const found = receipts.filter(({ id }) => id === generation)
    deepEqual(
      found.map((receipt) => [receipt['state'], receipt['credits']]),
      [['ok', credits]],
    )
  }
  const sum = receipts.reduce((total, { credits }) => total + thousandths(credits), 0n)
  const { available, spent } = await customer.balance()
  deepEqual([thousandths(spent), thousandths(available)], [sum, thousandths(granted) - sum])
  await stage.reconcile()
  return receipts
}

test(
  'a gateway that is killed with streams under way leaves no hold, and no charge that was told is lost or doubled',
  { timeout },
  async (t) => {
    const stage = await openStage(t)
    const customer = await stage.addCustomer(granted)
    const known: { generation: string; credits: string }[] = []
    for (let round = 1; round <= 3; round++) {
      for (let count = 0; count < 5; count++) known.push(await acknowledged(customer))
      const streams = Array.from({ length: streamsAtOnce }, () => openStream(customer))
      await eventually('every stream has a checkpoint', () => checkpointsAre(stage, streamsAtOnce))
      const busy = acknowledged(customer).catch(() => undefined)
      await stage.server().kill()
      await Promise.all([...streams.map(({ ended }) => ended), busy])
      ok(streams.every(({ read }) => !read.includes('[DONE]')))
      await stage.restart()

      const receipts = await checkBooks(stage, customer, known)
      const interrupted = receipts.filter(({ state, streamed }) => state === 'interrupted' && streamed === true)
      equal(interrupted.length, round * streamsAtOnce)
      for (const receipt of interrupted) {
        ok(thousandths(receipt['credits']) > 0n, 'what was delivered by the last checkpoint is charged')
        ok(thousandths(receipt['credits']) < thousandths(creditsFor({ input: 8_000, output: 8_000 }, prices)))
        equal(receipt['usage_source'], 'counted')
      }
    }
  },
)

const others: readonly { readonly what: string; readonly first: BehaviourName; readonly provider: object }[] = [
  { what: 'after the first had failed', first: 'server-error', provider: {} },
  { what: 'while the first was silent', first: 'stall-before', provider: { hedge: 200 } },
]

for (const { what, first, provider } of others) {
  test(
    `a stream that another provider took over ${what} is told, and charged after a crash, as that provider's`,
    { timeout },
    async (t) => {
      const stage = await openStage(t)
      const mock = await startMockUpstream(t)
      const cheap = { input: '1', output: '1' }
      const dear = { input: '100', output: '100' }
      const [pa, pb] = [await stage.addUpstream(mock, { name: 'pa' }), await stage.addUpstream(mock, { name: 'pb' })]
      const [, dearOffer] = await stage.addModel({
        id: 'm',
        offers: [
          { providerId: pa, upstreamModel: first, prices: cheap },
          { providerId: pb, upstreamModel: 'stall-mid', prices: dear },
        ],
      })
      const customer = await stage.addCustomer('100000000')
      const called = customer.chat({ model: 'm', stream: true, provider: { order: ['pa', 'pb'], ...provider } })
      await eventually('the stream has a checkpoint', () => checkpointsAre(stage, 1))
      const { rows } = await stage.database.pool.query<{ id: string }>('select call_id as id from hold')
      const generation = `gen-${rows[0]!.id}`
      const running = await customer.receipt({ generation })
      deepEqual([running['state'], running['provider_name']], ['running', 'pb'])
      await stage.server().kill()
      await called.catch(() => undefined)
      await stage.restart()

      await eventually('no hold is left', async () => (await customer.balance()).held === '0', 60_000)
      const receipt = await customer.receipt({ generation })
      deepEqual([receipt['state'], receipt['provider_name']], ['interrupted', 'pb'])
      const units = receipt['units'] as Record<string, number>
      equal(receipt['credits'], creditsFor(units, dear))
      const { rows: charges } = await stage.database.pool.query<{ offer: string }>(
        'select offer_id as offer from charge',
      )
      deepEqual(charges, [{ offer: dearOffer }])
      await stage.reconcile()
    },
  )
}

/** The gateway processes that are known to the ledger and run. */
async function gatewaysOf(stage: Stage): Promise<readonly number[]> {
  const { rows } = await stage.database.pool.query<{ pid: number }>('select pid from gateway_process')
  return rows.map(({ pid }) => pid).filter(isRunning)
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test(
  'when one of four gateway processes is killed, its siblings go on, settle what it held, and another takes its place',
  { timeout },
  async (t) => {
    const stage = await openStage(t, { REDPILL_PROCESSES: '4' })
    const customer = await stage.addCustomer(granted)
    const before = await gatewaysOf(stage)
    equal(before.length, 4)
    const known = [await acknowledged(customer)]
    // Which process gets a stream is left to chance: of so many neither half gets none.
    const streams = Array.from({ length: streamsOfFour }, () => openStream(customer))
    await eventually('every stream is under way', () => streams.every(({ read }) => read.length > 20_000))
    process.kill(before[0]!, 'SIGKILL')
    process.kill(before[1]!, 'SIGKILL')
    await eventually('there are four again', async () => {
      const now = await gatewaysOf(stage)
      return now.length === 4 && !now.includes(before[0]!) && !now.includes(before[1]!)
    })
    for (let count = 0; count < 8; count++) known.push(await acknowledged(customer))
    const answers = await Promise.all(streams.map(({ ended }) => ended))
    const whole = answers.filter((answer) => answer?.events.at(-1) === '[DONE]')
    for (const answer of whole) equal(textOf(answer!), words.join(' '))

    const receipts = await checkBooks(stage, customer, known)
    const ended = receipts.filter(({ streamed }) => streamed === true).map(({ state }) => state)
    equal(ended.filter((state) => state === 'ok').length, whole.length)
    equal(ended.filter((state) => state === 'interrupted').length, streamsOfFour - whole.length)
    ok(
      whole.length > 0 && whole.length < streamsOfFour,
      `${whole.length} of ${streamsOfFour} streams were on the processes that lived`,
    )
  },
)

test('a server whose log nobody reads any more serves on, and ends well', { timeout }, async (t) => {
  const stage = await openStage(t)
  const customer = await stage.addCustomer(granted)
  const { process, stop } = stage.server()
  process.stdout!.destroy()
  process.stderr!.destroy()
  for (let count = 0; count < 3; count++) await acknowledged(customer)
  equal(await stop(), 0)
})

test(
  'a server that is asked to stop finishes what it streams, ends well, and starts again at once',
  { timeout },
  async (t) => {
    for (const environment of [{}, { REDPILL_PROCESSES: '2' }]) {
      const stage = await openStage(t, environment)
      const customer = await stage.addCustomer(granted)
      const content = words.slice(0, 300).join(' ')
      const body = { model: 'local/echo', stream: true, echo: { delay_ms: 10 }, messages: [{ role: 'user', content }] }
      let read = ''
      const asked = customer.chat(body, { onPiece: (piece) => void (read += piece) })
      await eventually('the stream is under way', () => read.length > 2_000)
      const stopping = stage.server().stop()
      const answer = await asked
      equal(textOf(answer), content)
      equal(answer.events.at(-1), '[DONE]')
      equal(await stopping, 0)
      await stage.restart()
      await acknowledged(customer)
      equal((await customer.receipt(answer))['credits'], creditsFor({ input: 300, output: 300 }, prices))
      equal((await customer.balance()).held, '0')
    }
  },
)

test('a caller who reads slowly gets the end of its stream from a server that is stopping', { timeout }, async (t) => {
  const stage = await openStage(t)
  const content = 'x'.repeat(7_000_000)
  const mock = await startMockUpstream(t, { words: [content] })
  mock.enqueue({ deliver: (frames) => [Buffer.concat(frames)] })
  await stage.addModel({ id: 'm', prices, offers: [{ providerId: await stage.addUpstream(mock), upstreamModel: 'm' }] })
  const customer = await stage.addCustomer(granted)
  const response = await fetch(`${stage.server().url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${customer.key}` },
    body: JSON.stringify({ model: 'm', stream: true, messages: [{ role: 'user', content: 'Hi' }] }),
  })
  const generation = response.headers.get('x-generation-id')!
  await eventually('the call is settled', async () => (await customer.receipt({ generation }))['state'] === 'ok')
  const stopping = stage.server().stop()
  await new Promise((resolve) => setTimeout(resolve, 300))
  const text = await response.text()
  ok(text.length > content.length && text.endsWith('data: [DONE]\n\n'), `${text.length} characters`)
  equal(await stopping, 0)
})

type HoldRow = { readonly expires_at: Date; readonly process_id: Uuid }

async function onlyHold(stage: Stage): Promise<HoldRow | undefined> {
  const { rows } = await stage.database.pool.query<HoldRow>('select expires_at, process_id from hold')
  return rows[0]
}

for (const stream of [true, false]) {
  test(
    `a ${stream ? 'stream' : 'plain answer'} that takes longer than a hold lives is not taken for lost while its process runs`,
    { timeout },
    async (t) => {
      const stage = await openStage(t, { REDPILL_HOLD_LIFE_SECONDS: '2' })
      const upstream = await startMockUpstream(t)
      const offers = [{ providerId: await stage.addUpstream(upstream), upstreamModel: 'm', prices }]
      await stage.addModel({ id: 'slow/m', outputTokensMax: 1_000, offers })
      const customer = await stage.addCustomer(granted)
      const { promise: recovered, resolve: goOn } = Promise.withResolvers<void>()
      upstream.enqueue({ deliver: (frames) => [...frames.slice(0, -1), { until: recovered }, ...frames.slice(-1)] })
      const answering = customer.chat({ model: 'slow/m', stream })

      await eventually('the call has its hold', async () => (await onlyHold(stage)) !== undefined)
      const { expires_at: first, process_id: processId } = (await onlyHold(stage))!
      await eventually('its hold outlives what it was given', async () => {
        const hold = await onlyHold(stage)
        return hold !== undefined && hold.expires_at.getTime() > first.getTime() + 1_000
      })
      // As the ledger's own job does, once that first life and its grace are over.
      const later = new Date(first.getTime() + graceMs + 500)
      const recovery = { processId, host: 'elsewhere', isGone: () => false }
      deepEqual(await recoverLostCalls(stage.database.db, recovery, later), [])
      goOn()

      const answer = await answering
      equal(answer.status, 200, answer.text)
      equal((await customer.receipt(answer))['state'], 'ok')
      await stage.reconcile()
    },
  )
}
