import { deepEqual, equal, ok } from 'node:assert/strict'
import type { JsonObject, JsonValue } from '../../../../core/json.ts'
import type { AnswerFacts } from '../../types.ts'
import { openStream } from '../open-stream.ts'

type Mutable = Record<string, JsonValue>
export type Event = Readonly<Record<string, JsonValue>> & { readonly type: string }

export const factsOf = (asked: JsonObject = {}): AnswerFacts => ({
  requestId: 'request-1',
  generationId: 'gen-01234567-89ab-7cde-8f01-23456789abcd',
  model: 'mock/model',
  createdAtMs: 1_000,
  nowMs: () => 3_000,
  asked,
  wantsUsage: false,
  isStored: false,
})

export const stem = '0123456789ab7cde8f0123456789abcd'

export const usage = {
  prompt_tokens: 11,
  completion_tokens: 5,
  total_tokens: 16,
  prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 2 },
  completion_tokens_details: { reasoning_tokens: 3 },
  cost: 0.00001,
  cost_credits: '20',
}

/** Writes chunks as a stream, to its end, and reads its events: each named as its data says, all numbered. */
export function eventsOf(chunks: readonly JsonObject[], facts = factsOf()): readonly Event[] {
  const writer = openStream(facts)
  return parseEvents(chunks.map((chunk) => writer.chunk(chunk).toString()).join('') + writer.finish(usage))
}

export function parseEvents(text: string, from = 0): readonly Event[] {
  ok(text === '' || text.endsWith('\n\n'))
  return text
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event, at) => {
      const [name, data, ...rest] = event.split('\n')
      equal(rest.length, 0)
      const value = JSON.parse(data!.slice('data: '.length)) as Event
      equal(name, `event: ${value.type}`)
      equal(value['sequence_number'], from + at)
      return value
    })
}

const endTypes = new Set(['response.completed', 'response.incomplete', 'response.failed'])

/**
 * Puts a response together from the events alone, as a client does, and insists on their grammar: one item is open at a
 * time, one part in it, and what is done is what its deltas said. It must be what the last event says.
 */
export function responseOf(events: readonly Event[]): JsonObject {
  const [created, inProgress, ...rest] = events
  deepEqual([created?.type, inProgress?.type], ['response.created', 'response.in_progress'])
  deepEqual((created!['response'] as JsonObject)['output'], [])
  const last = rest.pop()!
  ok(endTypes.has(last.type), last.type)
  const items: JsonObject[] = []
  let open: Mutable | undefined
  for (const event of rest) {
    equal(event['output_index'], items.length)
    if (event.type === 'response.output_item.added') {
      equal(open, undefined, 'one item at a time')
      open = structuredClone(event['item']) as Mutable
      continue
    }
    ok(open, `${event.type} belongs to an open item`)
    if (event.type === 'response.output_item.done') {
      const { status: _done, encrypted_content: _sealed, ...item } = event['item'] as JsonObject
      const { status: _open, ...built } = open
      deepEqual(built, item)
      items.push(event['item'] as JsonObject)
      open = undefined
    } else {
      equal(event['item_id'], open['id'])
      apply(open, event)
    }
  }
  equal(open, undefined, 'every item is done')
  const response = last['response'] as JsonObject
  deepEqual(response['output'], items)
  deepEqual(response['id'], (created!['response'] as JsonObject)['id'])
  return response
}

function apply(item: Mutable, event: Event): void {
  const content = () => (item['content'] as Mutable[])[event['content_index'] as number]!
  const append = (object: Mutable, name: string, piece: JsonValue) => {
    object[name] = `${object[name] as string}${piece as string}`
  }
  switch (event.type) {
    case 'response.content_part.added':
      equal(event['content_index'], (item['content'] as Mutable[]).length)
      ;(item['content'] as Mutable[]).push(structuredClone(event['part']) as Mutable)
      break
    case 'response.output_text.delta':
      append(content(), 'text', event['delta']!)
      ;(content()['logprobs'] as JsonValue[]).push(...(event['logprobs'] as JsonValue[]))
      break
    case 'response.output_text.annotation.added':
      ;(content()['annotations'] as JsonValue[]).push(event['annotation']!)
      break
    case 'response.output_text.done':
      equal(content()['text'], event['text'])
      break
    case 'response.refusal.delta':
      append(content(), 'refusal', event['delta']!)
      break
    case 'response.refusal.done':
      equal(content()['refusal'], event['refusal'])
      break
    case 'response.content_part.done':
      deepEqual(content(), event['part'])
      break
    case 'response.reasoning_summary_part.added':
      ;(item['summary'] as JsonValue[]).push(structuredClone(event['part']!))
      break
    case 'response.reasoning_summary_text.delta':
      append((item['summary'] as Mutable[])[0]!, 'text', event['delta']!)
      break
    case 'response.reasoning_summary_text.done':
      equal((item['summary'] as Mutable[])[0]!['text'], event['text'])
      break
    case 'response.reasoning_summary_part.done':
      deepEqual((item['summary'] as Mutable[])[0], event['part'])
      break
    case 'response.function_call_arguments.delta':
      append(item, 'arguments', event['delta']!)
      break
    case 'response.function_call_arguments.done':
      equal(item['arguments'], event['arguments'])
      break
    case 'response.custom_tool_call_input.delta':
      append(item, 'input', event['delta']!)
      break
    case 'response.custom_tool_call_input.done':
      equal(item['input'], event['input'])
      break
    default:
      throw new Error(`unexpected ${event.type}`)
  }
}

export const chunkOf = (delta: JsonObject, finish: string | null = null, more: JsonObject = {}): JsonObject => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  model: 'upstream',
  choices: [{ index: 0, delta, finish_reason: finish, ...more }],
})
