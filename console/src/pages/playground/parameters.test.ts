import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parameterErrors, parameterFields, setCount, usualParameters } from './parameters.ts'

test('what nobody set is not sent', () => {
  assert.deepEqual(parameterFields(usualParameters), {})
  assert.equal(setCount(usualParameters), 0)
})

test('what is set is sent as the API names it', () => {
  const typed = { ...usualParameters, temperature: '0', topP: '0.5', tokensMax: '64', seed: '7', stop: 'a\n\nb' }
  assert.deepEqual(parameterFields({ ...typed, effort: 'low', isJson: true }), {
    ...{ temperature: 0, top_p: 0.5, max_tokens: 64, seed: 7, stop: ['a', 'b'], reasoning_effort: 'low' },
    response_format: { type: 'json_object' },
  })
})

test('what makes no sense is told at its field', () => {
  const wrong = parameterErrors({
    ...usualParameters,
    temperature: '3',
    topP: 'x',
    tokensMax: '0',
    seed: '1.5',
    stop: 'a\nb\nc\nd\ne',
  })
  assert.deepEqual(
    Object.values(wrong).map((each) => each !== undefined),
    [true, true, true, true, true],
  )
  assert.ok(Object.values(parameterErrors(usualParameters)).every((each) => each === undefined))
})
