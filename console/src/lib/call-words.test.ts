import { deepEqual, equal, ok } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { className, outcomeOf, statusOf } from './call-words.ts'

const answered = {
  state: 'ok',
  status: 200,
  cached: false,
  cut_by: null,
  undelivered: false,
  cancelled_on_request: false,
  finish_reason: 'stop',
  error: null,
} as const

test('the end of a call is told in words, whatever it was', () => {
  const words = [
    answered,
    { ...answered, finish_reason: 'length' },
    { ...answered, cut_by: 'credits' },
    { ...answered, cached: true },
    { ...answered, undelivered: true },
    { ...answered, state: 'aborted', status: 499 },
    { ...answered, state: 'aborted', status: 499, cancelled_on_request: true },
    { ...answered, state: 'failed', status: 502 },
    { ...answered, state: 'failed', status: 418 },
    { ...answered, state: 'interrupted', status: null },
    { ...answered, state: 'running', status: null },
  ] as const
  deepEqual(
    words.map((call) => statusOf(call).words),
    [
      'Answered',
      'Cut at its limit',
      'Cut: credits ran out',
      'From the cache',
      'Not delivered',
      'Caller hung up',
      'Cancelled',
      'Provider failed',
      'Failed, status 418',
      'Interrupted',
      'Running',
    ],
  )
})

test('a failed call says why in the words that its caller got', () => {
  const failed = { ...answered, state: 'failed', status: 404, error: { message: 'There is no such model.' } } as const
  equal(statusOf(failed).why, 'There is no such model.')
})

test('each way in which a try can end has words of its own', () => {
  const source = readFileSync(new URL('../../../server/src/gateway/attempt-failure.ts', import.meta.url), 'utf8')
  const reasons = /FailureReason =([^=]*?)\n\n/.exec(source)?.[1]?.match(/'([\w-]+)'/g) ?? []
  ok(reasons.length >= 9)
  for (const outcome of [...reasons.map((text) => text.slice(1, -1)), 'stopped', 'outrun'])
    ok(outcomeOf({ outcome, status: 503 }).words !== outcome, outcome)
  equal(outcomeOf({ outcome: 'answered', status: null }).tone, 'good')
  equal(outcomeOf({ outcome: 'status', status: 429 }).words, 'was at its rate limit (429)')
  equal(outcomeOf({ outcome: 'status', status: 503 }).words, 'failed with status 503')
})

test('price classes have names, those that come later too', () => {
  deepEqual(['cached_input', 'request', 'video_input'].map(className), ['Cached input', 'Request', 'Video input'])
})
