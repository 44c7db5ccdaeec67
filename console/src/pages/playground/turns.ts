import type { KeyFailure } from '../../api/by-key.ts'
import type { ChatEvent, ChatRoute, ChatUsage } from '../../api/chat-stream.ts'

/** Left is the first model; right is there when two are tried side by side. */
export type Side = 'left' | 'right'
export const sides = ['left', 'right'] as const satisfies readonly Side[]

/** One model's answer to one message, as far as it has come. Times are of the page's own clock. */
export type Answer = {
  readonly id: string
  readonly model: string
  readonly state: 'waiting' | 'streaming' | 'done' | 'stopped' | 'failed'
  readonly text: string
  readonly reasoning: string
  readonly startedMs: number
  readonly firstMs?: number
  readonly endedMs?: number
  /** Pieces that came: about one for each token, until the usage says it. */
  readonly pieces: number
  /** Bytes of the prompt, for the estimate. */
  readonly promptBytes: number
  readonly generationId?: string | undefined
  readonly finish?: string
  readonly usage?: ChatUsage
  readonly route?: ChatRoute
  readonly failure?: KeyFailure
  /** What was charged in the end, decimal credits. */
  readonly charged?: string | undefined
}

/** A message and what was answered. */
export type Turn = {
  readonly id: string
  readonly message: string
  readonly answers: { readonly [S in Side]?: Answer | undefined }
}

export const isRunning = (answer: Answer | undefined): boolean =>
  answer?.state === 'waiting' || answer?.state === 'streaming'

/** An answer with one more event of its stream. */
export function withEvent(answer: Answer, event: ChatEvent, nowMs: number): Answer {
  switch (event.kind) {
    case 'begun':
      return { ...answer, generationId: event.generationId }
    case 'words':
      return {
        ...answer,
        state: 'streaming',
        firstMs: answer.firstMs ?? nowMs,
        text: answer.text + event.text,
        reasoning: answer.reasoning + event.reasoning,
        pieces: answer.pieces + 1,
      }
    case 'finish':
      return { ...answer, finish: event.reason }
    case 'usage':
      return { ...answer, usage: event.usage, charged: event.usage.credits ?? answer.charged }
    case 'route':
      return { ...answer, route: event.route }
    case 'failed':
      return { ...answer, state: 'failed', failure: event.failure, endedMs: nowMs }
  }
}

/** The end of a stream: what is not failed or stopped is done. */
export const ended = (answer: Answer, nowMs: number, isStopped: boolean): Answer =>
  answer.state === 'failed'
    ? answer
    : { ...answer, state: isStopped ? 'stopped' : 'done', endedMs: answer.endedMs ?? nowMs }

export type Message = { readonly role: 'system' | 'user' | 'assistant'; readonly content: string }

/** What one side has to be sent: the system prompt, its own turns before, and the message of this one. */
export function messagesFor(system: string, before: readonly Turn[], side: Side, message: string): readonly Message[] {
  const past = before.flatMap(({ message: asked, answers }): readonly Message[] => {
    const answer = answers[side]
    if (!answer || answer.text === '') return []
    return [
      { role: 'user', content: asked },
      { role: 'assistant', content: answer.text },
    ]
  })
  return [
    ...(system.trim() === '' ? [] : [{ role: 'system', content: system } as const]),
    ...past,
    { role: 'user', content: message },
  ]
}

/** Output tokens a second since the first came; undefined while that says nothing. */
export function tokensPerSecond(answer: Answer, nowMs: number): number | undefined {
  if (answer.firstMs === undefined) return undefined
  const seconds = ((answer.endedMs ?? nowMs) - answer.firstMs) / 1_000
  const tokens = (answer.usage?.tokensOut ?? answer.pieces) - 1
  return seconds < 0.05 || tokens < 1 ? undefined : tokens / seconds
}
