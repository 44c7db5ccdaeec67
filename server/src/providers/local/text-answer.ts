import { isObject } from '../../core/json.ts'
import type { UpstreamCall } from '../types.ts'
import { type Delivery, deliverJson } from './delivery.ts'
import type { FinishReason, TextEvents, TextModel, TextRun, TokenLogprob } from './text-model.ts'
import { readTextRequest } from './text-request.ts'
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

export type TextCall = {
  readonly call: UpstreamCall
  readonly endpoint: 'chat' | 'completions'
  readonly delivery: Delivery
  readonly newId: () => string
  /** Seconds since 1970. */
  readonly created: number
}

/** Lets a model answer a call, streamed or not. Throws `AppError`, before anything was delivered, for one that it cannot serve. */
export function answerText(model: TextModel, { call, endpoint, delivery, newId, created }: TextCall): TextRun {
  const { body, stream } = call
  const request = readTextRequest(endpoint, body, model.name)
  const answer: TextAnswer = {
    identity: { endpoint, id: (endpoint === 'chat' ? 'chatcmpl-' : 'cmpl-') + newId(), created, model: model.name },
    choices: request.prompts.length * request.choices,
    promptTokens: model.countPromptTokens(request),
    delivery,
    onFull: () => run.pause(),
  }
  const withUsage = isObject(body['stream_options']) && body['stream_options']['include_usage'] === true
  const run = model.run(request, stream ? streamedEvents(answer, withUsage) : wholeEvents(answer))
  return run
}

type TextAnswer = {
  readonly identity: AnswerIdentity
  /** Choices over all prompts. */
  readonly choices: number
  readonly promptTokens: number
  readonly delivery: Delivery
  /** Called when the sink asks for silence. */
  readonly onFull: () => void
}

/** Writes a run as one JSON answer at its end. */
function wholeEvents(answer: TextAnswer): TextEvents {
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
    deliverJson(answer.delivery, jsonBytes(wholeAnswer(answer.identity, choices, used)))
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
    onFault: (message) => answer.delivery.fault({ kind: 'reset', message }),
  }
}

/** Writes a run as server-sent events while it goes on: role, text, finish of each choice, usage if wanted, `[DONE]`. */
function streamedEvents(answer: TextAnswer, withUsage: boolean): TextEvents {
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
    onFault: (message) => delivery.fault({ kind: 'reset', message }),
  }
}
