/** The dialects of providers, each with an upstream that speaks it: from recordings where there are some, else from turns. */
import { makeKeyFile } from '../../src/providers/vertex/test/key-file.ts'
import type { JsonObject } from '../../src/core/json.ts'
import { startAnthropicUpstream } from '../support/anthropic-upstream.ts'
import { startBedrockUpstream } from '../support/bedrock-upstream.ts'
import { eventually } from '../support/eventually.ts'
import { startGeminiUpstream } from '../support/gemini-upstream.ts'
import { playApi, recordings, unnamedEvents, type PlayedAnswer, type PlayedRequest } from '../support/played-api.ts'
import type { Scope } from '../support/scope.ts'
import { upstreamKey } from '../support/stage.ts'
import type { Lacks, ToolCall } from './things.ts'
import {
  anthropicMessages,
  azureCompletions,
  bedrockConverse,
  chatCompletions,
  cohereChat,
  geminiEvents,
  piecesOf,
  responses,
  type Turn,
  type Wire,
} from './wires.ts'

/** What an upstream says next. */
export type Played =
  /** The recorded answer: its words, or its calls of several tools at once. */
  | { readonly recorded: 'words' | 'calls' }
  | Turn
  /** The beginning of a stream that says nothing more. */
  | { readonly opens: string }
  /** A request at fault, with what is wrong with it. */
  | { readonly refuses: string }
  | { readonly fails: true }

export type Upstream = {
  readonly baseUrl: string
  readonly apiKey: string
  readonly play: (...next: readonly Played[]) => void
  readonly asked: () => number
  readonly lastBody: () => JsonObject
  /** Resolves when the newest request was left before its end. */
  readonly isLeft: () => Promise<void>
}

export type Dialect = {
  readonly name: string
  /** Where it is not the name. */
  readonly dialect?: string
  readonly lacks?: Lacks
  readonly upstreamModel: string
  readonly recorded: { readonly words: string; readonly calls: readonly ToolCall[] }
  readonly open: (scope: Scope) => Promise<Upstream>
}

const refusedStatus = 400
const failedStatus = 500
const failure = 'It broke.'

/** A stream as far as the first piece of the text that it opens. */
function opened(events: readonly JsonObject[], text: string): readonly JsonObject[] {
  const [piece] = piecesOf(text)
  return events.slice(0, events.findIndex((event) => JSON.stringify(event).includes(piece)) + 1)
}

const namedEvents = (events: readonly JsonObject[]): string =>
  events.map((event) => `event: ${event['type'] as string}\ndata: ${JSON.stringify(event)}\n\n`).join('')

type PlayedDialect = {
  readonly wire: Wire
  readonly write: (events: readonly JsonObject[]) => string
  /** What its base URL ends with. */
  readonly path: string
  readonly errorOf: (message: string) => JsonObject
  readonly recorded: Readonly<Record<'words' | 'calls', Turn | string>>
  readonly folder?: string
}

/** An upstream that plays JSON, and server-sent events, over one path. */
const playing =
  ({ wire, write, path, errorOf, recorded, folder }: PlayedDialect): Dialect['open'] =>
  async (scope) => {
    const api = await playApi(scope)
    const isStream = ({ body }: PlayedRequest) => body['stream'] === true
    const say = (turn: Turn) => (request: PlayedRequest) =>
      isStream(request) ? { events: write(wire.events(turn)) } : { json: wire.whole(turn) }
    const answerOf = (next: Played): PlayedAnswer | ((request: PlayedRequest) => PlayedAnswer) => {
      if ('refuses' in next) return { status: refusedStatus, json: errorOf(next.refuses) }
      if ('fails' in next) return { status: failedStatus, json: errorOf(failure) }
      if ('opens' in next) {
        const sent = opened(wire.events({ text: next.opens }), next.opens)
        return { events: write(sent).replace('data: [DONE]\n\n', ''), stalls: true }
      }
      if (!('recorded' in next)) return say(next)
      const known = recorded[next.recorded]
      if (typeof known !== 'string') return say(known)
      const played = recordings(folder!)
      return (request) => (isStream(request) ? played.stream(known) : played.whole(known))
    }
    let leaving = 0
    return {
      baseUrl: `${api.baseUrl}${path}`,
      apiKey: upstreamKey,
      play: (...next) => api.next(...next.map(answerOf)),
      asked: () => api.requests.length,
      lastBody: () => api.requests.at(-1)!.body,
      isLeft: () => api.abandoned(++leaving),
    }
  }

type Kept = { readonly body: JsonObject; readonly gone: boolean }

/** What the upstreams of their own have in common. */
const upstreamOf = (requests: readonly Kept[], rest: Pick<Upstream, 'baseUrl' | 'apiKey' | 'play'>): Upstream => ({
  ...rest,
  asked: () => requests.length,
  lastBody: () => requests.at(-1)!.body,
  isLeft: () => eventually('the upstream is left', () => requests.at(-1)!.gone),
})

/** A turn as upstreams of their own take it. */
const written = (wire: Wire, turn: Turn) => ({ whole: wire.whole(turn), events: wire.events(turn) })

const left = (wire: Wire, text: string) => ({
  ...written(wire, { text }),
  staysOpenAfter: opened(wire.events({ text }), text).length,
})

const cities = (name: string, ...names: readonly string[]): readonly ToolCall[] =>
  names.map((city) => ({ name, args: { city } }))

const openaiError = (message: string): JsonObject => ({
  error: { message, type: 'invalid_request_error', code: null, param: null },
})
const openaiTurns = { words: 'Hello there.', calls: cities('weather', 'Rome', 'Oslo') }
const openaiForm = (wire: Wire, path: string) =>
  playing({
    ...{ wire, write: (events) => unnamedEvents(...events), path, errorOf: openaiError },
    recorded: { words: { text: openaiTurns.words }, calls: { text: 'I look.', calls: openaiTurns.calls } },
  })

const googleError = (code: number, message: string, status: string) => ({
  status: code,
  body: { error: { code, message, status } },
})

const gemini =
  (path: string, keyOf: (baseUrl: string) => string): Dialect['open'] =>
  async (scope) => {
    const upstream = await startGeminiUpstream(scope, path)
    const fixtures = { words: 'text', calls: 'parallel-tools' }
    const answerOf = (next: Played) => {
      if ('refuses' in next) return googleError(refusedStatus, next.refuses, 'INVALID_ARGUMENT')
      if ('fails' in next) return googleError(failedStatus, failure, 'INTERNAL')
      if ('recorded' in next) return { fixture: fixtures[next.recorded] }
      if (!('opens' in next)) return { events: geminiEvents(next) }
      return { events: opened(geminiEvents({ text: next.opens }), next.opens), staysOpen: true }
    }
    return upstreamOf(upstream.requests, {
      baseUrl: upstream.baseUrl,
      apiKey: keyOf(upstream.baseUrl),
      play: (...next) => upstream.enqueue(...next.map(answerOf)),
    })
  }

const bedrockRecorded = {
  words: 'Grüß Gott! 👋\nHow can I help?',
  calls: [...cities('get_weather', 'San Francisco', 'Zürich'), { name: 'get_time', args: {} }],
}

const bedrock: Dialect['open'] = async (scope) => {
  const upstream = await startBedrockUpstream(scope, { bearer: upstreamKey })
  const fixtures = { words: 'text', calls: 'tools' }
  const answerOf = (next: Played) => {
    if ('refuses' in next) return { status: refusedStatus, body: { message: next.refuses } }
    if ('fails' in next) return { status: failedStatus, body: { message: failure } }
    if ('recorded' in next) return { fixture: fixtures[next.recorded] }
    return 'opens' in next ? left(bedrockConverse, next.opens) : written(bedrockConverse, next)
  }
  return upstreamOf(upstream.requests, {
    ...{ baseUrl: upstream.baseUrl, apiKey: upstreamKey },
    play: (...next) => upstream.enqueue(...next.map(answerOf)),
  })
}

const googleRecorded = {
  words: 'Grüße, 世界 🚀',
  calls: [...cities('weather', 'Rome', 'Oslo'), { name: 'now', args: {} }],
}

export const dialects: readonly Dialect[] = [
  {
    ...{ name: 'compatible', upstreamModel: 'some-model', recorded: openaiTurns },
    open: openaiForm(chatCompletions, '/v1'),
  },
  {
    ...{ name: 'openai', upstreamModel: 'gpt-4.1', recorded: openaiTurns },
    open: openaiForm(chatCompletions, '/v1'),
  },
  // Look-alikes with rules of their own: what they are not sent, and what has to come back.
  ...['openrouter', 'groq', 'mistral', 'deepseek'].map((name) => ({
    ...{ name, upstreamModel: 'some-model', recorded: openaiTurns },
    open: openaiForm(chatCompletions, '/v1'),
  })),
  {
    ...{ name: 'azure', upstreamModel: 'my-deployment', recorded: openaiTurns },
    open: openaiForm(azureCompletions, '/openai/v1'),
  },
  {
    ...{ name: 'openai-responses', upstreamModel: 'gpt-5.1' },
    recorded: { words: 'Grüße, 世界 👋!', calls: cities('weather', 'Paris', 'Östersund') },
    open: playing({
      ...{ wire: responses, write: namedEvents, path: '/v1', errorOf: openaiError, folder: 'openai-responses' },
      recorded: { words: 'text', calls: 'tools' },
    }),
  },
  {
    ...{ name: 'anthropic', upstreamModel: 'claude-sonnet-4-5' },
    recorded: {
      words: 'Grüß Gott! 👋\nHow can I help?',
      calls: [...cities('get_weather', 'San Francisco, "CA"', 'Zürich'), { name: 'get_time', args: {} }],
    },
    async open(scope) {
      const upstream = await startAnthropicUpstream(scope, upstreamKey)
      const fixtures = { words: 'text', calls: 'tools' }
      const answerOf = (next: Played) => {
        const error = (status: number, type: string, message: string) => ({ status, error: { type, message } })
        if ('refuses' in next) return error(refusedStatus, 'invalid_request_error', next.refuses)
        if ('fails' in next) return error(failedStatus, 'api_error', failure)
        if ('recorded' in next) return { fixture: fixtures[next.recorded] }
        return 'opens' in next ? left(anthropicMessages, next.opens) : written(anthropicMessages, next)
      }
      return upstreamOf(upstream.requests, {
        ...{ baseUrl: upstream.baseUrl, apiKey: upstreamKey },
        play: (...next) => upstream.enqueue(...next.map(answerOf)),
      })
    },
  },
  {
    ...{ name: 'bedrock', upstreamModel: 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0' },
    ...{ recorded: bedrockRecorded, open: bedrock },
  },
  {
    ...{ name: 'bedrock-nova', dialect: 'bedrock', upstreamModel: 'amazon.nova-pro-v1:0' },
    lacks: { json_schema: 'Nova cannot be held to a schema' },
    ...{ recorded: bedrockRecorded, open: bedrock },
  },
  {
    ...{ name: 'gemini', upstreamModel: 'gemini-2.5-flash', recorded: googleRecorded },
    open: gemini('/v1beta', () => upstreamKey),
  },
  {
    ...{ name: 'vertex', upstreamModel: 'gemini-2.5-flash', recorded: googleRecorded },
    open: gemini('/v1/projects/p/locations/global', (baseUrl) => makeKeyFile(new URL('/token', baseUrl).href).text),
  },
  {
    ...{ name: 'cohere', upstreamModel: 'command-a-03-2025' },
    recorded: { words: 'Grüße, 世界 👋', calls: [...cities('weather', 'Paris'), { name: 'now', args: {} }] },
    open: playing({
      ...{ wire: cohereChat, write: namedEvents, path: '', folder: 'cohere' },
      errorOf: (message) => ({ id: 'x', message }),
      recorded: { words: 'text', calls: 'tools' },
    }),
  },
]
