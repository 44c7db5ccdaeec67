/** One turn of a model in the form of each API that providers speak: whole, and as the events of a stream. */
import { readFileSync } from 'node:fs'
import type { JsonObject, JsonValue } from '../../src/core/json.ts'
import { callPiece, streamed, told, whole } from '../support/mock-upstream-turns.ts'
import type { ToolCall } from './things.ts'

export type Turn = { readonly text?: string; readonly calls?: readonly ToolCall[] }

export type Wire = {
  readonly whole: (turn: Turn) => JsonObject
  readonly events: (turn: Turn) => readonly JsonObject[]
}

const idOf = (at: number): string => `call_${'abcdef'[at]}`

/** A text in the two pieces in which it is streamed; where it is opened only, the first is all that comes. */
export const piecesOf = (text: string): readonly [string, string] => [
  text.slice(0, text.length >> 1),
  text.slice(text.length >> 1),
]

const deltasOf = ({ text, calls = [] }: Turn): readonly JsonObject[] => [
  ...(text === undefined ? [] : piecesOf(text).map((content) => ({ content }))),
  ...calls.flatMap(({ name, args }, at) => {
    const [first, second] = piecesOf(JSON.stringify(args))
    return [{ tool_calls: [callPiece(at, idOf(at), first, name)] }, { tool_calls: [callPiece(at, '', second)] }]
  }),
]

const finishOf = ({ calls }: Turn): string => (calls ? 'tool_calls' : 'stop')

export const chatCompletions: Wire = {
  whole: (turn) => JSON.parse(whole(deltasOf(turn), finishOf(turn)).deliver()[0]!.toString()) as JsonObject,
  events: (turn) =>
    streamed(deltasOf(turn), finishOf(turn))
      .deliver()
      .slice(0, -1)
      .map((bytes) => JSON.parse(bytes.toString().slice('data: '.length)) as JsonObject),
}

/** As Azure streams: what its filter thinks of the prompt comes first, in a chunk without choices. */
export const azureCompletions: Wire = {
  whole: chatCompletions.whole,
  events: (turn) => [
    { ...{ id: '', object: '', created: 0, model: '', choices: [] }, prompt_filter_results: [{ prompt_index: 0 }] },
    ...chatCompletions.events(turn),
  ],
}

const usageOf = { input: told.usage.prompt_tokens, output: told.usage.completion_tokens }

const anthropicUsage = { input_tokens: usageOf.input, output_tokens: usageOf.output }
const anthropicHead = { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-sonnet-4-5-20250929' }

export const anthropicMessages: Wire = {
  whole: ({ text, calls = [] }) => ({
    ...anthropicHead,
    content: [
      ...(text === undefined ? [] : [{ type: 'text', text }]),
      ...calls.map(({ name, args }, at) => ({ type: 'tool_use', id: idOf(at), name, input: args })),
    ],
    ...{ stop_reason: calls.length > 0 ? 'tool_use' : 'end_turn', stop_sequence: null, usage: anthropicUsage },
  }),
  events({ text, calls = [] }) {
    const block = (index: number, start: JsonObject, deltas: readonly JsonObject[]): JsonObject[] => [
      { type: 'content_block_start', index, content_block: start },
      ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
      { type: 'content_block_stop', index },
    ]
    const texts = text === undefined ? [] : [piecesOf(text).map((piece) => ({ type: 'text_delta', text: piece }))]
    const usage = { ...anthropicUsage, output_tokens: 1 }
    const head = { ...anthropicHead, content: [], stop_reason: null, stop_sequence: null, usage }
    const end = { stop_reason: calls.length > 0 ? 'tool_use' : 'end_turn', stop_sequence: null }
    return [
      { type: 'message_start', message: head },
      ...texts.flatMap((deltas) => block(0, { type: 'text', text: '' }, deltas)),
      ...calls.flatMap(({ name, args }, at) =>
        block(
          texts.length + at,
          { type: 'tool_use', id: idOf(at), name, input: {} },
          piecesOf(JSON.stringify(args)).map((piece) => ({ type: 'input_json_delta', partial_json: piece })),
        ),
      ),
      { type: 'message_delta', delta: end, usage: { output_tokens: usageOf.output } },
      { type: 'message_stop' },
    ]
  },
}

const bedrockUsage = {
  ...{ inputTokens: usageOf.input, outputTokens: usageOf.output },
  totalTokens: usageOf.input + usageOf.output,
}

export const bedrockConverse: Wire = {
  whole: ({ text, calls = [] }) => ({
    metrics: { latencyMs: 1 },
    output: {
      message: {
        role: 'assistant',
        content: [
          ...(text === undefined ? [] : [{ text }]),
          ...calls.map(({ name, args }, at) => ({ toolUse: { toolUseId: idOf(at), name, input: args } })),
        ],
      },
    },
    ...{ stopReason: calls.length > 0 ? 'tool_use' : 'end_turn', usage: bedrockUsage },
  }),
  events({ text, calls = [] }) {
    const event = (name: string, data: JsonObject): JsonObject => ({ name, data })
    const delta = (index: number, piece: JsonObject) =>
      event('contentBlockDelta', { contentBlockIndex: index, delta: piece })
    const texts = text === undefined ? [] : [piecesOf(text)]
    return [
      event('messageStart', { role: 'assistant' }),
      ...texts.flatMap((pieces) => [
        ...pieces.map((piece) => delta(0, { text: piece })),
        event('contentBlockStop', { contentBlockIndex: 0 }),
      ]),
      ...calls.flatMap(({ name, args }, at) => {
        const index = texts.length + at
        return [
          event('contentBlockStart', { contentBlockIndex: index, start: { toolUse: { toolUseId: idOf(at), name } } }),
          ...piecesOf(JSON.stringify(args)).map((piece) => delta(index, { toolUse: { input: piece } })),
          event('contentBlockStop', { contentBlockIndex: index }),
        ]
      }),
      event('messageStop', { stopReason: calls.length > 0 ? 'tool_use' : 'end_turn' }),
      event('metadata', { metrics: { latencyMs: 1 }, usage: bedrockUsage }),
    ]
  },
}

/** Google's events; the upstream makes the whole answer of them. */
export function geminiEvents({ text, calls = [] }: Turn): readonly JsonObject[] {
  const usageMetadata = {
    ...{ promptTokenCount: usageOf.input, candidatesTokenCount: usageOf.output },
    totalTokenCount: usageOf.input + usageOf.output,
  }
  const parts: JsonObject[] = [
    ...(text === undefined ? [] : piecesOf(text).map((piece) => ({ text: piece }))),
    ...calls.map(({ name, args }) => ({ functionCall: { name, args } })),
  ]
  return parts.map((part, at) => ({
    candidates: [
      {
        content: { parts: [part], role: 'model' },
        ...(at === parts.length - 1 && { finishReason: 'STOP' }),
        index: 0,
      },
    ],
    ...{ usageMetadata, modelVersion: 'gemini-2.5-flash', responseId: 'R-matrix' },
  }))
}

const cohereUsage = { billed_units: { input_tokens: usageOf.input, output_tokens: usageOf.output } }
const cohereFinish = ({ calls }: Turn): string => (calls ? 'TOOL_CALL' : 'COMPLETE')
const cohereCall = ({ name }: ToolCall, at: number, args: string) => ({
  ...{ id: idOf(at), type: 'function' },
  function: { name, arguments: args },
})

export const cohereChat: Wire = {
  whole: (turn) => ({
    ...{ id: 'c-1', finish_reason: cohereFinish(turn), usage: cohereUsage },
    message: {
      role: 'assistant',
      ...(turn.text !== undefined && { content: [{ type: 'text', text: turn.text }] }),
      ...(turn.calls && { tool_calls: turn.calls.map((call, at) => cohereCall(call, at, JSON.stringify(call.args))) }),
    },
  }),
  events(turn) {
    const event = (type: string, message: JsonObject, more: JsonObject = {}): JsonObject => ({
      ...{ type, ...more },
      delta: { message },
    })
    const { text, calls = [] } = turn
    const texts =
      text === undefined
        ? []
        : [
            event('content-start', { content: { type: 'text', text: '' } }, { index: 0 }),
            ...piecesOf(text).map((piece) => event('content-delta', { content: { text: piece } }, { index: 0 })),
            { type: 'content-end', index: 0 },
          ]
    return [
      event('message-start', { role: 'assistant', content: [], tool_plan: '', tool_calls: [] }, { id: 'c-1' }),
      ...texts,
      ...calls.flatMap((call, index) => [
        event('tool-call-start', { tool_calls: cohereCall(call, index, '') }, { index }),
        ...piecesOf(JSON.stringify(call.args)).map((piece) =>
          event('tool-call-delta', { tool_calls: { function: { arguments: piece } } }, { index }),
        ),
        { type: 'tool-call-end', index },
      ]),
      { type: 'message-end', delta: { finish_reason: cohereFinish(turn), usage: cohereUsage } },
    ]
  },
}

const recordedResponse = JSON.parse(
  readFileSync(new URL('../../src/providers/openai-responses/fixtures/text.json', import.meta.url), 'utf8'),
) as JsonObject

export const responses: Wire = {
  whole: (turn) => ({ ...recordedResponse, output: responseItems(turn) }),
  events(turn) {
    const started = { ...recordedResponse, status: 'in_progress', output: [], usage: null }
    const events: JsonObject[] = [
      { type: 'response.created', response: started },
      { type: 'response.in_progress', response: started },
      ...responseItems(turn).flatMap((item, at) => itemEvents(item, at)),
      { type: 'response.completed', response: responses.whole(turn) },
    ]
    return events.map(({ type, ...rest }, at) => ({ type: type!, sequence_number: at, ...rest }))
  },
}

type Item = { readonly id: string; readonly type: string } & JsonObject

const responseItems = ({ text, calls = [] }: Turn): readonly Item[] => [
  ...(text === undefined
    ? []
    : [
        {
          ...{ id: 'msg_1', type: 'message', status: 'completed', role: 'assistant' },
          content: [{ type: 'output_text', annotations: [], logprobs: [], text }],
        },
      ]),
  ...calls.map(({ name, args }, at) => ({
    ...{ id: `fc_${at}`, type: 'function_call', status: 'completed' },
    ...{ arguments: JSON.stringify(args), call_id: idOf(at), name },
  })),
]

function itemEvents(item: Item, at: number): readonly JsonObject[] {
  const place = { item_id: item.id, output_index: at }
  const empty: JsonObject = item.type === 'message' ? { content: [] } : { arguments: '' }
  return [
    { type: 'response.output_item.added', output_index: at, item: { ...item, status: 'in_progress', ...empty } },
    ...(item.type === 'message' ? textEvents(item, { ...place, content_index: 0 }) : argumentEvents(item, place)),
    { type: 'response.output_item.done', output_index: at, item },
  ]
}

function textEvents(item: Item, place: JsonObject): readonly JsonObject[] {
  const [part] = item['content'] as readonly [JsonObject & { readonly text: string }]
  return [
    { type: 'response.content_part.added', ...place, part: { ...part, text: '' } },
    ...piecesOf(part.text).map((delta) => ({ type: 'response.output_text.delta', ...place, delta, logprobs: [] })),
    { type: 'response.output_text.done', ...place, text: part.text, logprobs: [] as readonly JsonValue[] },
    { type: 'response.content_part.done', ...place, part },
  ]
}

function argumentEvents(item: Item, place: JsonObject): readonly JsonObject[] {
  const args = item['arguments'] as string
  return [
    ...piecesOf(args).map((delta) => ({ type: 'response.function_call_arguments.delta', ...place, delta })),
    { type: 'response.function_call_arguments.done', ...place, arguments: args },
  ]
}
