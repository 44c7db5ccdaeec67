/** What every client does with every dialect, and how a client is told to do it. */
import type { JsonObject } from '../../src/core/json.ts'

export const things = [
  'plain',
  'streamed',
  'tools',
  'parallel tools',
  'json_schema',
  'vision',
  'abort',
  'error',
  'retry',
] as const

export type Thing = (typeof things)[number]

/** What cannot be done, and why. */
export type Lacks = Partial<Readonly<Record<Thing, string>>>

export type ToolCall = { readonly name: string; readonly args: JsonObject }

/** Does what the model asks for; what it gives back is the result of the call. */
export type RunTool = (call: ToolCall) => string

/** Where a client calls, as whom, and which model. */
export type Seat = { readonly url: string; readonly key: string; readonly model: string }

/** A client as its users set it up. It never tries again, but in `insist`. */
export type Client = {
  readonly ask: () => Promise<string>
  /** The words of a stream as they come, until it ends or is aborted. */
  readonly words: (signal: AbortSignal) => AsyncIterable<string> | Promise<AsyncIterable<string>>
  /** Runs tools until the model answers in words. */
  readonly loop: (run: RunTool, how: { readonly stream: boolean }) => Promise<string>
  /** An answer by `schema`. */
  readonly shape: () => Promise<unknown>
  readonly see: () => Promise<string>
  /** As `ask`, with the client's own retries. */
  readonly insist: () => Promise<string>
}

export type Driver = {
  readonly name: string
  /** The tool by whose call the client has a schema kept, where it knows no other way. */
  readonly schemaTool?: string
  /** What its API has no words for, whoever is asked. */
  readonly lacks?: Lacks
  /** What offers are said not to serve, so that it is asked in another form. */
  readonly without?: Readonly<Record<string, false>>
  readonly open: (seat: Seat) => Client
}

export const prompt = 'Say something.'

/** A PNG of one pixel. */
export const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
export const pngUrl = `data:image/png;base64,${png}`

export const schema = {
  type: 'object' as const,
  properties: { capital_city: { type: 'string' } },
  required: ['capital_city'],
  additionalProperties: false,
}

/** The tools of the recordings. */
export const toolNames = ['weather', 'now', 'get_weather', 'get_time'] as const
export const toolSchema = { type: 'object' as const, properties: { city: { type: 'string' } } }

export const argumentsOf = (text: string): JsonObject => (text === '' ? {} : (JSON.parse(text) as JsonObject))
