import { isObject, type JsonObject, type JsonValue } from '../core/json.ts'
import { contentFields, readMedia } from './media-parts.ts'

const promptFields = [
  'messages',
  'prompt',
  'input',
  'tools',
  'functions',
  'response_format',
  'suffix',
  'query',
  'documents',
]

/** Every text of a request that the model reads, for counting its tokens exactly. Media are left out. */
export function promptTexts(body: JsonObject): readonly string[] {
  return promptFields.flatMap((field) => textsIn(body[field] ?? null, contentFields.has(field)))
}

function textsIn(root: JsonValue, mayHaveMedia: boolean): readonly string[] {
  const texts: string[] = []
  const stack: JsonValue[] = [root]
  for (let value = stack.pop(); value !== undefined; value = stack.pop()) {
    if (typeof value === 'string') texts.push(value)
    else if (Array.isArray(value)) for (const item of value as readonly JsonValue[]) stack.push(item)
    else if (isObject(value) && !(mayHaveMedia && readMedia(value)))
      for (const member of Object.values(value)) stack.push(member)
  }
  return texts
}
