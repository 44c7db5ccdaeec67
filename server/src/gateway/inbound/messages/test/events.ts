import { deepEqual, equal, ok } from 'node:assert/strict'
import type { JsonObject, JsonValue } from '../../../../core/json.ts'
import type { AnswerFacts } from '../../types.ts'
import { openStream } from '../open-stream.ts'

type Mutable = Record<string, JsonValue>
type Event = Readonly<Record<string, JsonObject>> & { readonly type: string; readonly index?: number }

export const factsOf = (asked: JsonObject = {}): AnswerFacts => ({
  requestId: 'request-1',
  generationId: 'gen-01234567-89ab-7cde-8f01-23456789abcd',
  model: 'mock/model',
  createdAtMs: 0,
  nowMs: () => 0,
  asked,
  wantsUsage: false,
  isStored: false,
})

export const usage = {
  prompt_tokens: 11,
  completion_tokens: 5,
  total_tokens: 16,
  prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 2 },
  completion_tokens_details: { reasoning_tokens: 3 },
  cost: 0.00001,
  cost_credits: '20',
}

/** Writes chunks as a stream, to its end, and reads its events: each named as its data says. */
export function eventsOf(chunks: readonly JsonObject[], facts = factsOf()): readonly Event[] {
  const writer = openStream(facts)
  const text = chunks.map((chunk) => writer.chunk(chunk).toString()).join('') + writer.finish(usage)
  return parseEvents(text)
}

export function parseEvents(text: string): readonly Event[] {
  ok(text.endsWith('\n\n'))
  return text
    .slice(0, -2)
    .split('\n\n')
    .map((event) => {
      const [name, data, ...rest] = event.split('\n')
      equal(rest.length, 0)
      const value = JSON.parse(data!.slice('data: '.length)) as Event
      equal(name, `event: ${value.type}`)
      return value
    })
}

/** Reads a message from its events as a client does, and insists on their grammar: one block is open at a time. */
export function messageOf(events: readonly Event[]): JsonObject {
  const [first, ...rest] = events
  equal(first?.type, 'message_start')
  const message: Mutable = { ...first['message'] }
  deepEqual(message['content'], [])
  const blocks: Mutable[] = []
  let open: { block: Mutable; json: string } | undefined
  const ends = rest.splice(-2)
  deepEqual(
    ends.map(({ type }) => type),
    ['message_delta', 'message_stop'],
  )
  for (const event of rest) {
    switch (event.type) {
      case 'content_block_start':
        equal(open, undefined, 'one block at a time')
        equal(event.index, blocks.length)
        open = { block: { ...event['content_block'] }, json: '' }
        break
      case 'content_block_delta':
        ok(open, 'a delta belongs to an open block')
        equal(event.index, blocks.length)
        addDelta(open, event['delta']!)
        break
      case 'content_block_stop':
        ok(open, 'an open block is stopped')
        equal(event.index, blocks.length)
        if (open.json !== '') open.block['input'] = JSON.parse(open.json) as JsonValue
        blocks.push(open.block)
        open = undefined
        break
      default:
        throw new Error(`unexpected ${event.type}`)
    }
  }
  equal(open, undefined, 'every block is stopped')
  return { ...message, content: blocks, ...ends[0]!['delta'], usage: ends[0]!['usage']! }
}

function addDelta(open: { block: Mutable; json: string }, delta: JsonObject): void {
  const { block } = open
  const expected = (type: string) => equal(block['type'], type)
  const append = (name: string) => {
    block[name] = `${block[name] as string}${delta[name] as string}`
  }
  switch (delta['type']) {
    case 'text_delta':
      expected('text')
      append('text')
      break
    case 'thinking_delta':
      expected('thinking')
      append('thinking')
      break
    case 'signature_delta':
      expected('thinking')
      append('signature')
      break
    case 'input_json_delta':
      expected('tool_use')
      open.json += delta['partial_json'] as string
      break
    default:
      throw new Error(`unexpected delta ${JSON.stringify(delta)}`)
  }
}

export const chunkOf = (delta: JsonObject, finish: string | null = null): JsonObject => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  model: 'upstream',
  choices: [{ index: 0, delta, finish_reason: finish }],
})
