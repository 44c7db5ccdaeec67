/** Replays recorded streams of providers, and joins the chunks that came of them. */
import { readFileSync } from 'node:fs'
import type { JsonObject } from '../../core/json.ts'
import { listOf, objectOf, objectsOf, textOf } from '../openai-form.ts'
import type { AnswerFacts, AskedCall, Framing, StreamPiece, Translation } from '../translation.ts'

export const facts = (call: Partial<AskedCall> = {}): AnswerFacts => ({
  call: { endpoint: 'chat', body: {}, stream: true, ...call },
  created: 1_700_000_000,
  headers: {},
})

/** The events of a recording, one JSON object per line. */
export const recording = (url: URL): readonly JsonObject[] =>
  readFileSync(url, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JsonObject)

export const json = (url: URL): JsonObject => JSON.parse(readFileSync(url, 'utf8')) as JsonObject

/** What becomes of a stream that comes in these buffers. */
export function replay(
  { openStream }: Pick<Translation, 'openStream'>,
  { openFramer }: Framing,
  buffers: readonly Buffer[],
  call: Partial<AskedCall> = {},
): readonly StreamPiece[] {
  const framer = openFramer()
  const stream = openStream(facts(call))
  const pieces: StreamPiece[] = []
  for (const buffer of buffers) pieces.push(...framer.push(buffer).events.flatMap(stream.read))
  return [...pieces, ...framer.finish().events.flatMap(stream.read), ...stream.end()]
}

/** The same stream cut in two, at every byte. */
export const cuts = (bytes: Buffer): readonly (readonly Buffer[])[] =>
  Array.from({ length: Math.max(0, bytes.length - 1) }, (_, at) => [bytes.subarray(0, at + 1), bytes.subarray(at + 1)])

/** The whole answer that the chunks of a stream are pieces of. */
export function joinChunks(pieces: readonly StreamPiece[]): JsonObject {
  const chunks = pieces.filter((piece) => piece !== 'done')
  const message: Record<string, unknown> = {}
  const calls: { index: number; id: string; type: string; function: { name: string; arguments: string } }[] = []
  const details: Record<string, unknown>[] = []
  let ending: JsonObject = {}
  for (const choice of chunks.flatMap((chunk) => objectsOf(chunk['choices']))) {
    const { delta, index: _index, ...rest } = choice
    const said = objectOf(delta)
    for (const field of ['content', 'reasoning'])
      if (said[field] !== undefined) message[field] = textOf(message[field] as string) + textOf(said[field])
    for (const detail of objectsOf(said['reasoning_details'])) {
      const known = details.find((each) => each['index'] === detail['index'])
      if (!known) details.push({ ...detail })
      else Object.assign(known, detail, { text: textOf(known['text'] as string) + textOf(detail['text']) })
    }
    for (const call of objectsOf(said['tool_calls'])) {
      const index = call['index'] as number
      const called = objectOf(call['function'])
      calls[index] ??= { index, id: textOf(call['id']), type: 'function', function: { name: '', arguments: '' } }
      calls[index].function.name += textOf(called['name'])
      calls[index].function.arguments += textOf(called['arguments'])
    }
    if (rest['finish_reason'] !== null) ending = rest
  }
  const usage = objectOf(chunks.at(-1)?.['usage'])
  return {
    ...(objectOf(chunks[0]) && { id: chunks[0]?.['id'] ?? null, model: chunks[0]?.['model'] ?? null }),
    message: {
      ...(message as JsonObject),
      ...(details.length > 0 && { reasoning_details: details as unknown as JsonObject[] }),
      ...(calls.length > 0 && { tool_calls: calls }),
    },
    ending,
    usage,
  }
}

/** A whole answer in the same words. */
export function wholeOf(answer: JsonObject): JsonObject {
  const { message, index: _index, logprobs: _logprobs, ...ending } = objectOf(listOf(answer['choices'])[0])
  const { role: _role, refusal: _refusal, content, tool_calls: calls, ...said } = objectOf(message)
  return {
    id: answer['id'] ?? null,
    model: answer['model'] ?? null,
    message: {
      content: content ?? '',
      ...said,
      ...(calls !== undefined && { tool_calls: objectsOf(calls).map(sameArguments) }),
    },
    ending,
    usage: answer['usage'] ?? null,
  }
}

/** JSON texts that say the same are the same. */
const sameArguments = (call: JsonObject): JsonObject => {
  const called = objectOf(call['function'])
  const text = textOf(called['arguments'])
  return { ...call, function: { ...called, arguments: JSON.stringify(JSON.parse(text)) } }
}

export function withSameArguments(joined: JsonObject): JsonObject {
  const message = objectOf(joined['message'])
  if (message['tool_calls'] === undefined) return joined
  return { ...joined, message: { ...message, tool_calls: objectsOf(message['tool_calls']).map(sameArguments) } }
}
