import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerTexts, openMeter } from './meter.ts'

const chunk = (delta: object, finish_reason: string | null = null, more: object = {}) =>
  JSON.stringify({
    id: 'c1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta, finish_reason }],
    ...more,
  })

test('content, reasoning, refusals and the arguments of tool calls all count as delivered text', () => {
  const meter = openMeter()
  meter.read(chunk({ role: 'assistant', content: 'Hé' }))
  meter.read(chunk({ reasoning_content: 'why' }))
  meter.read(chunk({ refusal: 'no' }))
  meter.read(chunk({ tool_calls: [{ index: 0, function: { name: 'f', arguments: '{"a":1}' } }] }))
  assert.deepEqual(meter.outputTexts(), ['Hé', 'why', 'no', 'f', '{"a":1}'])
  assert.equal(meter.outputBytes(), 3 + 3 + 2 + 1 + 7)
})

test('a chunk of nothing but usage is told apart, whether its choices are empty or absent', () => {
  const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 }
  const meter = openMeter()
  assert.equal(meter.read(JSON.stringify({ choices: [], usage })).kind, 'usage')
  assert.equal(meter.read(JSON.stringify({ usage })).kind, 'usage')
  assert.deepEqual(meter.usage(), usage)
})

test('usage inside the last chunk of text is read, and the chunk is handed on', () => {
  const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 }
  const meter = openMeter()
  assert.equal(meter.read(chunk({ content: 'x' }, 'stop', { usage })).kind, 'chunk')
  assert.deepEqual(meter.usage(), usage)
  assert.equal(meter.finishReason(), 'stop')
})

test('a null usage in every chunk, as OpenAI sends it, is no usage', () => {
  const meter = openMeter()
  assert.equal(meter.read(chunk({ content: 'x' }, null, { usage: null })).kind, 'chunk')
  assert.equal(meter.usage(), undefined)
})

test('an answer that has begun has begun, whatever comes after', () => {
  const meter = openMeter()
  meter.read(JSON.stringify({ choices: [] }))
  assert.equal(meter.hasBegun(), false)
  meter.read(chunk({ role: 'assistant' }))
  meter.read(JSON.stringify({ choices: [], prompt_filter_results: [] }))
  assert.equal(meter.hasBegun(), true)
})

test('choices stay open until each has its own finish reason', () => {
  const meter = openMeter()
  const of = (index: number, finish_reason: string | null) =>
    JSON.stringify({ choices: [{ index, delta: { content: 'x' }, finish_reason }] })
  meter.read(of(0, null))
  meter.read(of(1, null))
  meter.read(of(0, 'stop'))
  assert.deepEqual(meter.openChoices(), [1])
})

test('an error object, HTML, numbers and arrays are no chunks', () => {
  const meter = openMeter()
  assert.equal(meter.read('{"error":{"message":"x"}}').kind, 'error')
  for (const data of ['<html>', '7', '[]', '', '{"choices":7}', '{}'])
    assert.equal(meter.read(data).kind, 'malformed', data)
  assert.equal(meter.read('[DONE]').kind, 'done')
})

test('the texts of a whole answer are those of its messages', () => {
  const choices = [
    { message: { content: 'a', tool_calls: [{ function: { name: 'f', arguments: '{}' } }] } },
    { text: 'b' },
    7,
  ]
  assert.deepEqual(answerTexts({ choices }), ['a', 'f', '{}', 'b'])
})
