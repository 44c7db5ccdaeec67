import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createModelRenamer } from './model-name.ts'

const rename = createModelRenamer('openai/gpt-4o')
const renamed = (text: string, name?: string) => rename(Buffer.from(text), name).toString()

test('the name of the upstream is exchanged for ours, however the server spaces its JSON', () => {
  assert.equal(
    renamed('data: {"id":"x","model":"gpt-4o-2024","choices":[]}\n\n', 'gpt-4o-2024'),
    'data: {"id":"x","model":"openai/gpt-4o","choices":[]}\n\n',
  )
  assert.equal(renamed('data: {"model": "gpt"}\n\n', 'gpt'), 'data: {"model": "openai/gpt-4o"}\n\n')
})

test('text that speaks of the model is left alone', () => {
  const text = `data: ${JSON.stringify({ content: '{"model":"gpt"}', model: 'gpt' })}\n\n`
  assert.equal(renamed(text, 'gpt'), text.replace('"model":"gpt"}\n', '"model":"openai/gpt-4o"}\n'))
})

test('a name with quotes and letters beyond ASCII keeps the bytes around it whole', () => {
  assert.equal(
    renamed('data: {"a":"é","model":"m\\"é","b":"é"}\n\n', 'm"é'),
    'data: {"a":"é","model":"openai/gpt-4o","b":"é"}\n\n',
  )
})

test('a chunk without a name, or with ours, is handed on as it came', () => {
  const raw = Buffer.from('data: {"choices":[]}\n\n')
  assert.equal(rename(raw, undefined), raw)
  assert.equal(rename(raw, 'openai/gpt-4o'), raw)
})
