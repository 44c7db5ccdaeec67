import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MoneyCheck } from './gateways/redpill.ts'
import { judge, type Measured } from './goals.ts'
import type { Window } from './measure.ts'
import { rowOf, type OpenStreams } from './sections.ts'

const idle: Window = {
  calls: 100,
  errors: 0,
  firstError: '',
  events: 5_100,
  callsPerSecond: 1_000,
  gatewayUsPerCall: 20,
  databaseUsPerCall: 0,
  mockUsPerCall: 8,
  loadUsPerCall: 8,
  foreignShare: 0,
  latencyUs: { p50: 100, p90: 150, p99: 200, max: 300 },
  firstEventUs: { p50: 100, p90: 150, p99: 200, max: 300 },
}
const row = (changes: Partial<Window>) => rowOf([{ ...idle, ...changes }])
const streams: OpenStreams = {
  streams: 100,
  window: idle,
  residentKibBefore: 1_000,
  residentKibOpen: 6_000,
  kibPerStream: 50,
}
const money: MoneyCheck = {
  ok: true,
  callsAnswered: 1,
  creditsPerCall: '1',
  expectedCredits: '1',
  spentCredits: '1',
  heldCredits: '0',
  invariantsBroken: [],
}

const calls = {
  nginx: row({}),
  redpill: row({ gatewayUsPerCall: 119, callsPerSecond: 5_001 }),
  portkey: row({ callsPerSecond: 1_000 }),
}
const good: Measured = {
  calls,
  callsWide: calls,
  streams: { nginx: row({ gatewayUsPerCall: 700 }), redpill: row({ gatewayUsPerCall: 2_700 }) },
  quiet: {
    calls: {},
    streams: { bare: row({}), redpill: row({ firstEventUs: { p50: 3_000, p90: 4_000, p99: 5_000, max: 6_000 } }) },
  },
  openStreams: { redpill: streams },
  memory: { calls: 200_000, residentKib: [], growth: 1.04 },
  money: [money],
}
const missedOf = (measured: Measured) => judge(measured).flatMap(({ met, name }) => (met ? [] : [name]))

test('every goal is met by figures within its bound', () => {
  assert.deepEqual(missedOf(good), [])
  assert.equal(judge(good).length, 9)
})

test('each goal is missed by a figure beyond its bound', () => {
  const { redpill } = calls
  const slow = row({ firstEventUs: { p50: 3_200, p90: 4_000, p99: 5_000, max: 6_000 } })
  const worse: [Partial<Measured>, RegExp][] = [
    [{ calls: { ...calls, redpill: { ...redpill, gatewayUsPerCall: 121 } } }, /CPU per whole call.*64/],
    [{ callsWide: { ...calls, redpill: { ...redpill, gatewayUsPerCall: 121 } } }, /CPU per whole call.*256/],
    [{ callsWide: { ...calls, redpill: { ...redpill, callsPerSecond: 4_999 } } }, /calls per second/],
    [{ calls: { ...calls, redpill: { ...redpill, errors: 1 } } }, /answered wrongly/],
    [{ streams: { ...good.streams, redpill: row({ gatewayUsPerCall: 2_900 }) } }, /CPU per streamed chunk/],
    [{ quiet: { calls: {}, streams: { ...good.quiet.streams, redpill: slow } } }, /time to first token/],
    [{ openStreams: { redpill: { ...streams, kibPerStream: 81 } } }, /memory per open stream/],
    [{ memory: { ...good.memory, growth: 1.06 } }, /memory over/],
    [{ money: [money, { ...money, ok: false }] }, /wrong charge/],
  ]
  for (const [change, name] of worse) assert.match(missedOf({ ...good, ...change }).join(), name)
})

test('what needs a gateway that is not there is not judged', () => {
  const { nginx: _nginx, ...others } = calls
  const { nginx: _again, ...streamRows } = good.streams
  const names = judge({ ...good, calls: others, callsWide: others, streams: streamRows }).map(({ name }) => name)
  assert.equal(names.filter((name) => name.includes('nginx')).length, 0)
  assert.equal(names.length, 6)
})

test('a row has the medians of its windows and all their errors', () => {
  const windows = [10, 30, 20].map((gatewayUsPerCall, at) => ({ ...idle, gatewayUsPerCall, errors: at }))
  assert.equal(rowOf(windows).gatewayUsPerCall, 20)
  assert.equal(rowOf(windows).errors, 3)
  assert.equal(rowOf(windows.slice(0, 2)).gatewayUsPerCall, 20)
})
