import { deepEqual, equal, ok } from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { readPidFile } from '../src/platform/database/embedded/pid-file.ts'
import { ask, at, textOf, type Answer } from './support/ask.ts'
import { eventually } from './support/eventually.ts'
import { creditsFor, thousandths, times } from './support/expected-cost.ts'
import { startMockUpstream } from './support/mock-upstream.ts'
import { temporaryFolder } from './support/scratch.ts'
import { startServer } from './support/server.ts'
import { openStage } from './support/stage.ts'

const prices = { input: '0.01', output: '0.01' }
const timeout = 120_000
const words = (count: number) => Array.from({ length: count }, (_, index) => `w${index}`).join(' ')
const slow = (content: string) => ({
  ...{ model: 'local/echo', stream: true, echo: { delay_ms: 10 } },
  messages: [{ role: 'user', content }],
})

test(
  'when PostgreSQL is killed under running calls they end well, each is charged once, and new ones are served',
  { timeout },
  async (t) => {
    const dataDir = await temporaryFolder(t)
    const server = await startServer(t, { dataDir })
    const chat = (body: object, onPiece?: (text: string) => void): Promise<Answer> =>
      ask(server.url, server.demoKey, '/v1/chat/completions', body, onPiece ? { onPiece } : {})
    const credits = async () =>
      at(
        await (
          await fetch(`${server.url}/v1/credits`, { headers: { authorization: `Bearer ${server.demoKey}` } })
        ).json(),
        'data',
      )

    const content = words(300)
    let begun = 0
    const streams = Array.from({ length: 5 }, () => {
      let isBegun = false
      return chat(slow(content), () => {
        if (!isBegun) begun += 1
        isBegun = true
      })
    })
    await eventually('every stream is under way', () => begun === 5)
    const postmaster = await readPidFile(join(dataDir, 'postgres', 'cluster'))
    process.kill(postmaster!.pid, 'SIGKILL')
    const during = await Promise.all(
      Array.from({ length: 10 }, () => chat({ model: 'local/echo', messages: [{ role: 'user', content: 'Hi' }] })),
    )
    ok(
      during.every(({ status }) => status === 200 || status === 503),
      during.map(({ status }) => status).join(' '),
    )
    for (const answer of await Promise.all(streams)) {
      equal(textOf(answer), content)
      equal(answer.events.at(-1), '[DONE]')
    }
    await eventually(
      'calls are served',
      async () => (await chat({ model: 'local/echo', messages: [{ role: 'user', content: 'Hi' }] })).status === 200,
    )
    await eventually('nothing is held', async () => at(await credits(), 'held_credits') === '0', 60_000)
    const activity = at(
      await (
        await fetch(`${server.url}/v1/activity`, { headers: { authorization: `Bearer ${server.demoKey}` } })
      ).json(),
      'data',
    ) as { usage_credits: string }[]
    const spent = thousandths(at(await credits(), 'spent_credits'))
    equal(
      activity.reduce((sum, row) => sum + thousandths(row.usage_credits), 0n),
      spent,
    )
    const fromStreams = thousandths(times(creditsFor({ input: 300, output: 300 }, prices), 5))
    const each = thousandths(creditsFor({ input: 1, output: 1 }, prices))
    equal((spent - fromStreams) % each, 0n)
    const served = during.filter(({ status }) => status === 200).length + 1
    ok((spent - fromStreams) / each >= BigInt(served), 'every answered call is charged')
    const { ok: holds, invariants } = await server.manage<{ ok: boolean; invariants: object[] }>('POST', '/reconcile')
    ok(holds, JSON.stringify(invariants))
  },
)

test(
  'what still runs when the time to drain is over is told so, and charged for what it brought',
  { timeout },
  async (t) => {
    const stage = await openStage(t, { REDPILL_DRAIN_SECONDS: '1' })
    const mock = await startMockUpstream(t)
    await stage.addModel({
      id: 'stalls',
      prices,
      offers: [{ providerId: await stage.addUpstream(mock), upstreamModel: 'stall-before' }],
    })
    const customer = await stage.addCustomer('1000000')
    const other = await stage.addCustomer('1000000')
    let read = ''
    const streamed = customer.chat(slow(words(2_000)), { onPiece: (piece) => void (read += piece) })
    const plain = other.chat({ model: 'stalls' })
    await eventually('the stream is under way', () => read.length > 2_000 && mock.requests.length === 1)
    equal(await stage.server().stop(), 0)
    const answer = await streamed
    equal(at(JSON.parse(answer.events.at(-1)!), 'error.code'), 'shutting_down')
    const refused = await plain
    deepEqual(
      [refused.status, at(refused.json, 'error.code'), refused.headers.get('retry-after')],
      [503, 'shutting_down', '5'],
    )
    await mock.waitFor('cancelled')

    await stage.restart()
    const receipt = await customer.receipt(answer)
    const output = textOf(answer).split(' ').length
    deepEqual([receipt['state'], receipt['units']], ['interrupted', { input: 2_000, output, request: 1 }])
    equal((await customer.balance()).spent, creditsFor({ input: 2_000, output }, prices))
    deepEqual([(await other.balance()).spent, (await other.balance()).held], ['0', '0'])
    await stage.reconcile()
  },
)

test(
  'a caller who does not read makes the upstream wait, not the memory of the server grow',
  { timeout },
  async (t) => {
    const stage = await openStage(t)
    const word = 'x'.repeat(64_000)
    const count = 600
    const mock = await startMockUpstream(t, { words: Array.from({ length: count }, () => word) })
    let sent = 0
    mock.enqueue({
      *deliver(frames) {
        for (const frame of frames) {
          sent += frame.length
          yield frame
        }
      },
    })
    await stage.addModel({
      id: 'large',
      prices: { input: '0', output: '0' },
      offers: [{ providerId: await stage.addUpstream(mock), upstreamModel: 'm' }],
    })
    const customer = await stage.addCustomer('1000000')
    const response = await fetch(`${stage.server().url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${customer.key}` },
      body: JSON.stringify({ model: 'large', stream: true, messages: [{ role: 'user', content: 'Hi' }] }),
    })
    let before = -1
    await eventually('the upstream waits', async () => {
      const stands = sent === before && sent > 0
      before = sent
      await new Promise((resolve) => setTimeout(resolve, 300))
      return stands
    })
    ok(sent < (count * word.length) / 2, `${sent} bytes were taken from the upstream`)
    const text = await response.text()
    equal(text.split(word).length, count + 1)
    ok(text.endsWith('data: [DONE]\n\n'))
  },
)
