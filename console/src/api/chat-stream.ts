import { openSseReader } from '../lib/sse.ts'
import { failureIn, failureOfBody, type KeyFailure, unreachable } from './by-key.ts'

/** What a chat completion tells while it streams. */
export type ChatEvent =
  | { readonly kind: 'begun'; readonly generationId: string | undefined }
  | { readonly kind: 'words'; readonly text: string; readonly reasoning: string }
  | { readonly kind: 'finish'; readonly reason: string }
  | { readonly kind: 'usage'; readonly usage: ChatUsage }
  | { readonly kind: 'route'; readonly route: ChatRoute }
  | { readonly kind: 'failed'; readonly failure: KeyFailure }

export type ChatUsage = {
  readonly tokensIn: number
  readonly tokensCached: number
  readonly tokensOut: number
  readonly tokensReasoning: number
  /** Decimal credits, as charged. */
  readonly credits: string | undefined
}

/** Who was asked, how it went, and who was left out. */
export type ChatRoute = {
  readonly attempts: readonly {
    readonly provider: string
    readonly why: string
    readonly outcome: string
    readonly ms?: number
  }[]
  readonly untried: readonly { readonly provider: string; readonly why: string }[]
  readonly excluded: readonly { readonly provider: string; readonly why: string }[]
}

/** A request body of POST /v1/chat/completions. */
export type ChatBody = Readonly<Record<string, unknown>>

type Options = { readonly key: string; readonly signal: AbortSignal; readonly onEvent: (event: ChatEvent) => void }

/**
 * Makes a chat completion that streams, paid by an API key, and tells what comes. Resolves when the answer has ended, however
 * it ended; an abort by `signal` is no failure.
 */
export async function streamChat(body: ChatBody, { key, signal, onEvent }: Options): Promise<void> {
  try {
    const response = await fetch('/v1/chat/completions', {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        accept: 'text/event-stream',
        'x-redpill-explain': '1',
      },
      // The key pays, so the key decides: whoever is signed in here does not matter.
      credentials: 'omit',
      body: JSON.stringify({ ...body, stream: true, stream_options: { include_usage: true } }),
      signal,
    })
    onEvent({ kind: 'begun', generationId: response.headers.get('x-generation-id') ?? undefined })
    if (!response.ok || !response.body) return onEvent({ kind: 'failed', failure: await failureIn(response) })
    await readEvents(response.body, onEvent)
  } catch (error) {
    if (!signal.aborted) onEvent({ kind: 'failed', failure: brokenOff(error) })
  }
}

async function readEvents(body: ReadableStream<Uint8Array>, onEvent: Options['onEvent']): Promise<void> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  const events = openSseReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    for (const data of events.read(decoder.decode(value, { stream: true })))
      for (const event of eventsIn(data)) onEvent(event)
  }
}

const brokenOff = (error: unknown): KeyFailure =>
  error instanceof TypeError
    ? { ...unreachable, message: 'The connection broke off. What was delivered is charged.' }
    : unreachable

type Chunk = {
  readonly choices?: readonly {
    readonly delta?: {
      readonly content?: unknown
      readonly reasoning?: unknown
      readonly reasoning_content?: unknown
      readonly refusal?: unknown
    }
    readonly finish_reason?: string | null
  }[]
  readonly usage?: {
    readonly prompt_tokens?: number
    readonly completion_tokens?: number
    readonly prompt_tokens_details?: { readonly cached_tokens?: number }
    readonly completion_tokens_details?: { readonly reasoning_tokens?: number }
    readonly cost_credits?: string
  } | null
  readonly redpill?: ChatRoute
  readonly error?: Parameters<typeof failureOfBody>[0]
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

function eventsIn(data: string): readonly ChatEvent[] {
  if (data === '[DONE]') return []
  let chunk: Chunk
  try {
    chunk = JSON.parse(data) as Chunk
  } catch {
    return []
  }
  const events: ChatEvent[] = []
  const [choice] = chunk.choices ?? []
  const { content, reasoning, reasoning_content: thinking, refusal } = choice?.delta ?? {}
  const words = textOf(content) + textOf(refusal)
  const thoughts = textOf(reasoning) || textOf(thinking)
  if (words !== '' || thoughts !== '') events.push({ kind: 'words', text: words, reasoning: thoughts })
  if (choice?.finish_reason) events.push({ kind: 'finish', reason: choice.finish_reason })
  if (chunk.usage) events.push({ kind: 'usage', usage: usageOf(chunk.usage) })
  if (chunk.redpill) events.push({ kind: 'route', route: chunk.redpill })
  if (chunk.error) events.push({ kind: 'failed', failure: failureOfBody(chunk.error, 200) })
  return events
}

const usageOf = (usage: NonNullable<Chunk['usage']>): ChatUsage => ({
  tokensIn: usage.prompt_tokens ?? 0,
  tokensCached: usage.prompt_tokens_details?.cached_tokens ?? 0,
  tokensOut: usage.completion_tokens ?? 0,
  tokensReasoning: usage.completion_tokens_details?.reasoning_tokens ?? 0,
  credits: usage.cost_credits,
})
