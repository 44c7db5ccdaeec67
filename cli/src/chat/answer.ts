import { grouped } from '../amounts.ts'
import type { ChatChunk, ChatUsage, Data, Generation } from '../answers.ts'
import { apiFailureOf, type Client, parse } from '../client.ts'
import { ApiFailure, Failure } from '../failure.ts'
import type { Clock } from '../outside.ts'
import type { Terminal } from '../terminal.ts'

export type Message = { readonly role: 'system' | 'user' | 'assistant'; readonly content: string }

export type Question = {
  readonly model: string
  readonly messages: readonly Message[]
  readonly max_tokens?: number
  readonly temperature?: number
}

/** What came of a question. `stopped`: by the person, in the middle. */
export type Answered = {
  readonly text: string
  readonly stopped: boolean
  readonly generationId: string
  readonly usage: ChatUsage | undefined
  readonly finishReason: string | undefined
  readonly firstMs: number | undefined
  readonly totalMs: number
}

export type Listener = {
  readonly clock: Clock
  readonly terminal: Terminal
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
}

/** Asks, and writes the answer as it comes. An answer that ends without its end is a failure. */
export async function streamAnswer(client: Client, question: Question, listener: Listener): Promise<Answered> {
  const { clock, terminal, signal } = listener
  const startMs = clock.monotonicMs()
  const endProgress = terminal.startProgress(`${question.model} is thinking`)
  const heard = { text: '', generationId: '' } as Mutable
  try {
    const body = { ...question, stream: true, stream_options: { include_usage: true } }
    const { body: events, headers } = await client.stream('/v1/chat/completions', { body, signal })
    heard.generationId = headers.get('x-generation-id') ?? ''
    let isWhole = false
    for await (const event of events) {
      isWhole ||= event === '[DONE]'
      const piece = isWhole ? '' : hear(heard, event, headers)
      if (piece === '') continue
      heard.firstMs ??= clock.monotonicMs() - startMs
      endProgress()
      terminal.write(piece)
    }
    if (!isWhole) throw new Failure('The answer was cut: its end never came.')
    return { ...asAnswered(heard), stopped: false, totalMs: clock.monotonicMs() - startMs }
  } catch (error) {
    if (heard.text !== '') terminal.write('\n')
    if (!signal.aborted) throw error
    return { ...asAnswered(heard), stopped: true, totalMs: clock.monotonicMs() - startMs }
  } finally {
    endProgress()
  }
}

type Mutable = { text: string; generationId: string; usage?: ChatUsage; finishReason?: string; firstMs?: number }

const asAnswered = ({ text, generationId, usage, finishReason, firstMs }: Mutable) => ({
  ...{ text, generationId, usage, finishReason, firstMs },
})

/** Takes one event in, and gives the piece of text that it brought. */
function hear(heard: Mutable, event: string, headers: Headers): string {
  const chunk: ChatChunk | undefined = parse(event)
  const failure = apiFailureOf(chunk, 200, headers.get('x-request-id') ?? undefined)
  if (failure) throw failure
  if (chunk?.usage) heard.usage = chunk.usage
  const choice = chunk?.choices?.[0]
  if (typeof choice?.finish_reason === 'string') heard.finishReason = choice.finish_reason
  const piece = choice?.delta?.content ?? ''
  heard.text += piece
  return piece
}

const receiptTries = 100
const receiptEveryMs = 100

/** What a stopped answer cost: the server settles it right after it noticed that nobody listens. */
export async function receiptOf(client: Client, generationId: string): Promise<Generation | undefined> {
  for (let tries = 0; tries < receiptTries; tries++) {
    const generation = await client.get<Data<Generation>>('/v1/generation', { id: generationId }).then(
      ({ data }) => data,
      (error: unknown) => {
        if (error instanceof ApiFailure && error.status === 404) return undefined
        throw error
      },
    )
    if (generation && generation.state !== 'running') return generation
    await new Promise((resolve) => setTimeout(resolve, receiptEveryMs))
  }
  return undefined
}

/** The line under an answer: what it cost, and where its receipt is. */
export function costLine({
  usage,
  generationId,
  firstMs,
  totalMs,
  finishReason,
}: Omit<Answered, 'text' | 'stopped'>): string {
  const first = firstMs === undefined ? '' : ` (first ${grouped(String(Math.round(firstMs)))} ms)`
  const parts = [
    usage && `${grouped(usage.cost_credits)} credits`,
    usage && `${grouped(String(usage.prompt_tokens))} tokens in, ${grouped(String(usage.completion_tokens))} out`,
    `${grouped(String(Math.round(totalMs)))} ms${first}`,
    finishReason === undefined || finishReason === 'stop' ? undefined : `ended by ${finishReason}`,
    generationId,
  ]
  return parts.filter((part) => part !== undefined && part !== '').join(' · ')
}

/** The usage of a receipt, as an answer would have told it. */
export const usageOf = (generation: Generation): ChatUsage => ({
  prompt_tokens: generation.tokens_prompt,
  completion_tokens: generation.tokens_completion,
  cost_credits: generation.credits,
})
