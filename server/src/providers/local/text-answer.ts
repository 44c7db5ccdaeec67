import type { Delivery } from './delivery.ts'
import type { FinishReason, TextEvents, TokenLogprob } from './text-model.ts'
import {
  type AnswerIdentity,
  chunk,
  doneBytes,
  eventBytes,
  jsonBytes,
  type TextChoice,
  usage,
  usageChunk,
  wholeAnswer,
} from './wire.ts'

export type TextAnswer = {
  readonly identity: AnswerIdentity
  /** Choices over all prompts. */
  readonly choices: number
  readonly promptTokens: number
  readonly delivery: Delivery
  /** Called when the sink asks for silence. */
  readonly onFull: () => void
  /** Refuses the call with an error answer as long as nothing was sent; a fault after that. */
  readonly onFault: TextEvents['onFault']
}

/** Writes a run as one JSON answer at its end. */
export function wholeEvents(answer: TextAnswer): TextEvents {
  const texts = Array.from({ length: answer.choices }, () => '')
  const logprobs: TokenLogprob[][] = texts.map(() => [])
  const reasons: FinishReason[] = []
  let unfinished = answer.choices
  let outputTokens = 0

  const deliver = () => {
    const choices = texts.map((text, index): TextChoice => ({
      index,
      text,
      logprobs: logprobs[index]!,
      finishReason: reasons[index]!,
    }))
    const used = usage(answer.promptTokens, outputTokens)
    answer.delivery.head({ status: 200, headers: { 'content-type': 'application/json' } })
    answer.delivery.write(jsonBytes(wholeAnswer(answer.identity, choices, used)))
    answer.delivery.end()
  }
  return {
    onText: (index, text, added) => {
      texts[index] += text
      logprobs[index]!.push(...added)
    },
    onFinish: (index, reason, tokens) => {
      reasons[index] = reason
      outputTokens += tokens
      if (--unfinished === 0) deliver()
    },
    onFault: answer.onFault,
  }
}

/** Writes a run as server-sent events while it goes on: role, text, finish of each choice, usage if wanted, `[DONE]`. */
export function streamedEvents(answer: TextAnswer, withUsage: boolean): TextEvents {
  const { delivery, identity } = answer
  const begun = new Set<number>()
  const used = withUsage ? { used: null } : {}
  let unfinished = answer.choices
  let outputTokens = 0

  const write = (choice: TextChoice, first: boolean) => {
    if (!delivery.write(eventBytes(chunk(identity, choice, { first, ...used })))) answer.onFull()
  }
  const begin = (index: number) => {
    if (begun.size === 0) delivery.head({ status: 200, headers: { 'content-type': 'text/event-stream' } })
    if (begun.has(index)) return
    begun.add(index)
    if (identity.endpoint === 'chat') write({ index, text: '', logprobs: [], finishReason: null }, true)
  }
  return {
    onText: (index, text, logprobs) => {
      begin(index)
      write({ index, text, logprobs, finishReason: null }, false)
    },
    onFinish: (index, finishReason, tokens) => {
      begin(index)
      write({ index, text: '', logprobs: [], finishReason }, false)
      outputTokens += tokens
      if (--unfinished > 0) return
      if (withUsage) delivery.write(eventBytes(usageChunk(identity, usage(answer.promptTokens, outputTokens))))
      delivery.write(doneBytes())
      delivery.end()
    },
    onFault: answer.onFault,
  }
}
