/** Any conversation in OpenAI's form, and everything that is said in one. */
import fc from 'fast-check'
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts'
import { textOf } from '../openai-form.ts'

const words = fc.string({ minLength: 1, maxLength: 8 }).map((said) => `w${said}w`)
const base64 = words.map((text) => Buffer.from(text).toString('base64'))

const part = fc.oneof(
  words.map((text) => ({ type: 'text', text })),
  words.map((name) => ({ type: 'image_url', image_url: { url: `https://example.com/${encodeURIComponent(name)}` } })),
  base64.map((data) => ({ type: 'image_url', image_url: { url: `data:image/png;base64,${data}` } })),
  base64.map((data) => ({ type: 'file', file: { file_data: `data:application/pdf;base64,${data}` } })),
  words.map((data) => ({ type: 'input_audio', input_audio: { data, format: 'wav' } })),
  words.map((type) => ({ type })),
)
const content = fc.oneof(words, fc.array(part, { maxLength: 4 }))

const message: fc.Arbitrary<JsonObject> = fc.oneof(
  fc.record({
    role: fc.constantFrom('system', 'developer', 'user'),
    content,
    name: fc.option(words, { nil: undefined }),
  }),
  fc.record({ role: fc.constant('tool'), tool_call_id: words, content, is_error: fc.boolean() }),
  fc.record({
    role: fc.constant('assistant'),
    content: fc.option(content, { nil: null }),
    refusal: fc.option(words, { nil: null }),
    reasoning_details: fc.array(
      fc.record(
        { text: words, signature: words, data: words, format: fc.constantFrom('anthropic-claude-v1', 'other') },
        { requiredKeys: [] },
      ),
      { maxLength: 3 },
    ),
    tool_calls: fc.array(
      fc.record({ id: words, function: fc.record({ name: words, arguments: fc.oneof(words, fc.json()) }) }),
      { maxLength: 3 },
    ),
  }),
) as fc.Arbitrary<JsonObject>

export const conversation = fc.array(message, { maxLength: 8 })

/** Every text, picture, file, call and thought in a value. */
export function saidIn(value: JsonValue | undefined): readonly string[] {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).flatMap(saidIn)
  if (!isObject(value)) return []
  const { text, refusal, image_url: image, file, function: called, signature, data, content: own } = value
  const url = isObject(image) ? textOf(image['url']) : isObject(file) ? textOf(file['file_data']) : undefined
  return [
    ...[text, refusal, signature, data, own, isObject(called) ? called['name'] : undefined].filter(
      (each) => typeof each === 'string',
    ),
    ...(url === undefined ? [] : [url.slice(url.indexOf(',') + 1)]),
    ...['content', 'tool_calls', 'reasoning_details'].flatMap((field) => saidIn(value[field])),
  ]
}
