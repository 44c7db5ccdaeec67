import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { readError } from './error.ts'

const google = (code: number, status: string, message: string, details: readonly object[] = []) =>
  ({ error: { code, message, status, details } }) as never

test('an error keeps its status and says what Google says', () => {
  deepEqual(readError(404, google(404, 'NOT_FOUND', 'models/x is not found')), {
    ...{ message: 'models/x is not found', type: 'NOT_FOUND', code: undefined, status: 404 },
  })
  equal(readError(503, [google(503, 'UNAVAILABLE', 'Overloaded')] as never).message, 'Overloaded')
  equal(readError(502, undefined).message, 'Google answered with status 502.')
})

test('a key that is wrong, and a place that may not ask, do not blame the request', () => {
  const wrongKey = [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID' }]
  equal(readError(400, google(400, 'INVALID_ARGUMENT', 'API key not valid.', wrongKey)).status, 401)
  equal(readError(400, google(400, 'FAILED_PRECONDITION', 'User location is not supported.')).status, 403)
  equal(readError(400, google(400, 'INVALID_ARGUMENT', 'Bad schema.')).status, 400)
})

test('a prompt that is too long, and the time to wait, are told as OpenAI tells them', () => {
  const tooLong = 'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).'
  equal(readError(400, google(400, 'INVALID_ARGUMENT', tooLong)).code, 'context_length_exceeded')
  const wait = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34.4s' }]
  equal(readError(429, google(429, 'RESOURCE_EXHAUSTED', 'Quota', wait)).retryAfterSeconds, 35)
  equal(readError(429, google(429, 'RESOURCE_EXHAUSTED', 'Quota')).retryAfterSeconds, undefined)
})
