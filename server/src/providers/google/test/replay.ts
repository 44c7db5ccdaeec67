import { readFileSync } from 'node:fs'
import type { JsonObject, JsonValue } from '../../../core/json.ts'
import { sseFraming } from '../../sse-framing.ts'
import type { AnswerFacts, StreamPiece } from '../../translation.ts'
import { openStream } from '../read-stream.ts'

/** The events of a recorded stream, as Google sends them. */
export function fixture(name: string): readonly JsonObject[] {
  const text = readFileSync(new URL(`fixtures/${name}.jsonl`, import.meta.url), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as JsonObject)
}

/** The bytes of a stream; Google ends its lines with CR and LF. */
export const streamOf = (events: readonly JsonValue[]): Buffer =>
  Buffer.from(events.map((event) => `data: ${JSON.stringify(event)}\r\n\r\n`).join(''))

export const facts: AnswerFacts = {
  call: { endpoint: 'chat', body: { model: 'asked' }, stream: true },
  created: 1_700_000_000,
  headers: {},
}

/** What a stream becomes whose bytes come in these pieces. */
export function replay(pieces: readonly Buffer[]): readonly StreamPiece[] {
  const framer = sseFraming.openFramer()
  const stream = openStream(facts)
  const read = [...pieces.map((piece) => framer.push(piece)), framer.finish()].flatMap(({ events }) => events)
  return [...read.flatMap(stream.read), ...stream.end()]
}

/** The same events as the one answer that a call without a stream gets. */
export function wholeOf(events: readonly JsonObject[]): JsonObject {
  const candidates = new Map<JsonValue, { parts: JsonValue[]; rest: JsonObject }>()
  for (const { candidates: some = [] } of events) {
    for (const { index, content, ...rest } of some as readonly JsonObject[]) {
      const known = candidates.get(index!) ?? { parts: [], rest: {} }
      known.parts.push(...(((content as JsonObject | undefined)?.['parts'] ?? []) as readonly JsonValue[]))
      known.rest = { ...known.rest, ...rest }
      candidates.set(index!, known)
    }
  }
  const whole = [...candidates].map(([index, { parts, rest }]) => ({
    index,
    content: { role: 'model', parts },
    ...rest,
  }))
  return {
    ...events.at(-1),
    ...(whole.length > 0 && { candidates: whole.toSorted((a, b) => Number(a.index) - Number(b.index)) }),
  }
}

type Choice = {
  index: number
  message: Record<string, JsonValue>
  finish_reason: JsonValue
  native_finish_reason?: JsonValue
}

/** Puts chunks together as OpenAI's and OpenRouter's clients do. */
export function assemble(pieces: readonly StreamPiece[]): readonly Choice[] {
  const choices = new Map<number, Choice>()
  for (const piece of pieces) {
    if (piece === 'done') continue
    for (const choice of (piece['choices'] ?? []) as readonly JsonObject[]) {
      const index = choice['index'] as number
      const known = choices.get(index) ?? { index, message: {}, finish_reason: null }
      choices.set(index, known)
      for (const [name, value] of Object.entries(choice['delta'] as JsonObject))
        known.message[name] = add(known.message[name], value)
      known.finish_reason = choice['finish_reason'] ?? known.finish_reason
      if (choice['native_finish_reason'] !== undefined) known.native_finish_reason = choice['native_finish_reason']
    }
  }
  return [...choices.values()].toSorted((a, b) => a.index - b.index)
}

function add(known: JsonValue | undefined, value: JsonValue): JsonValue {
  if (typeof known === 'string' && typeof value === 'string') return known + value
  if (!Array.isArray(value)) return value
  const list = [...((known ?? []) as readonly JsonObject[])]
  for (const item of value as readonly JsonObject[]) {
    const at = list.findIndex(({ index }) => index === item['index'])
    if (at === -1) list.push(item)
    else list[at] = { ...list[at], ...item, text: (list[at]!['text'] as string) + (item['text'] as string) }
  }
  return list
}
