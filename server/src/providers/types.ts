import type { NumberSources } from '../core/exact-json.ts'
import type { JsonObject } from '../core/json.ts'
import type { Endpoint } from './endpoints.ts'

export type { Endpoint } from './endpoints.ts'

export type UpstreamCall = {
  readonly endpoint: Endpoint
  /** OpenAI's shape; `model` is the upstream's own name. Sent as it is: the gateway has decided every field. */
  readonly body: JsonObject
  /** How numbers of it were written that JavaScript's would not keep. */
  readonly numbers?: NumberSources
  readonly stream: boolean
  readonly connectTimeoutMs: number
}

export type AnswerHead = { readonly status: number; readonly headers: Readonly<Record<string, string>> }

/** Why no whole answer came. `refused-address` is our own guard; nothing left this machine. */
export type UpstreamFault = {
  readonly kind: 'connect' | 'reset' | 'protocol' | 'refused-address'
  /** For the log and the attempt row: never a key. */
  readonly message: string
}

/**
 * Receives an answer in OpenAI's wire format (JSON, or server-sent events when streamed), content encoding removed.
 * Exactly one of `onEnd` and `onFault` is called, last. Nothing is called before `send` returned, nor after `cancel`.
 */
export type AnswerSink = {
  readonly onHead: (head: AnswerHead) => void
  /** `false` asks for silence until `resume`; at most a few buffers may still come. */
  readonly onBytes: (bytes: Buffer) => boolean
  readonly onEnd: () => void
  readonly onFault: (fault: UpstreamFault) => void
}

/** An answer under way. Both are safe at any time, any number of times. */
export type Flight = {
  readonly resume: () => void
  /** Closes the connection (or stops the model) at once. */
  readonly cancel: () => void
}

/** Something that answers calls. It knows bytes and JSON; never keys' owners, prices or the database. */
export type Provider = {
  readonly name: string
  readonly send: (call: UpstreamCall, sink: AnswerSink) => Flight
  /** Whether numbers go out as they were written; absent: as JavaScript's own numbers. */
  readonly keepsNumbers?: true
  /** Exact prompt tokens where the provider is our own and can tell; absent: counted with a general tokenizer. */
  readonly countPromptTokens?: (call: Pick<UpstreamCall, 'endpoint' | 'body'>) => Promise<number>
  /**
   * What of a request this provider cannot do and will leave out: sentences that name the field. The caller is warned, or
   * the offer is passed over when the caller is strict. Absent: the provider takes everything.
   */
  readonly leavesOut?: (call: Pick<UpstreamCall, 'endpoint' | 'body' | 'stream'>) => readonly string[]
  /** Why this provider cannot serve a request at all, a sentence that names the field: another offer is asked instead. */
  readonly refuses?: (call: Pick<UpstreamCall, 'endpoint' | 'body' | 'stream'>) => string | undefined
  /** Takes our key out of a text that the upstream wrote; absent: there is none. */
  readonly conceal?: (text: string) => string
  /** Exact tokens of delivered text, likewise. */
  readonly countOutputTokens?: (upstreamModel: string, texts: readonly string[]) => Promise<number>
  readonly close: () => Promise<void>
}

export type ProviderSettings = {
  readonly name: string
  /** An id of the table of dialects: `openai`, `openrouter`, ..., `compatible` for anything else. */
  readonly dialect: string
  readonly baseUrl: string
  readonly apiKey: string | undefined
  /** Whether loopback and private addresses may be called. */
  readonly allowPrivate: boolean
}
