import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts'
import type { AnswerFacts } from '../translation.ts'
import { convertUsage } from './convert-usage.ts'
import { readErrorObject } from './error.ts'
import { mapFinishReason } from './map-finish-reason.ts'
import { listOf, objectOf, textOf } from '../openai-form.ts'
import { readLogprobs } from './read-logprobs.ts'
import { readParts, saidFields } from './read-parts.ts'

/** A GenerateContentResponse as a chat completion; as an error where the model failed; `undefined` when it is neither. */
export function readAnswer(answer: JsonObject, { created, call }: AnswerFacts): JsonObject | undefined {
  if (isObject(answer['error'])) return readErrorObject(answer['error'])
  const candidates = listOf(answer['candidates']).map(objectOf)
  const blocked = blockedPrompt(answer)
  if (candidates.length === 0 && blocked === undefined) return undefined
  const responseId = textOf(answer['responseId'])
  const choices =
    blocked === undefined ? candidates.map((candidate, at) => readCandidate(candidate, at, responseId)) : [blocked]
  const failed = choices.find((choice) => choice['error'] !== undefined)
  if (failed) return failed
  const usage = convertUsage(answer['usageMetadata'])
  return {
    id: responseId,
    object: 'chat.completion',
    created,
    model: answer['modelVersion'] ?? call.body['model'] ?? '',
    choices,
    ...(usage && { usage }),
  }
}

function readCandidate(candidate: JsonObject, at: number, responseId: string): JsonObject {
  const choice = indexOf(candidate, at)
  const parts = objectOf(candidate['content'])['parts']
  const said = readParts(parts, { responseId, choice, toolsBefore: 0, imagesBefore: 0 })
  const native = textOf(candidate['finishReason'])
  const tools = said.toolCalls.length > 0
  const content = tools || said.content !== '' || said.images.length > 0
  const finish = mapFinishReason(native, { content, tools })
  if (finish.kind === 'failed') return failedFinish(native, candidate['finishMessage'])
  return {
    index: choice,
    message: { role: 'assistant', content: said.content === '' && tools ? null : said.content, ...saidFields(said) },
    logprobs: readLogprobs(candidate['logprobsResult']),
    finish_reason: finish.reason,
    native_finish_reason: native,
  }
}

export const indexOf = (candidate: JsonObject, at: number): number =>
  typeof candidate['index'] === 'number' ? candidate['index'] : at

/** The error that stands for an answer which the model did not bring to an end. */
export function failedFinish(native: string, message: JsonValue | undefined): JsonObject {
  const reason = native === '' ? 'without a reason' : `with ${native}`
  const said = textOf(message)
  return {
    error: {
      message: `The model ended its answer ${reason}${said === '' ? '' : `: ${said}`}.`,
      type: 'upstream_error',
      code: native === '' ? null : native.toLowerCase(),
      param: null,
    },
  }
}

/** The choice that stands for a prompt which Google did not take: a filter's work, told as a refusal. */
export function blockedPrompt(answer: JsonObject): JsonObject | undefined {
  const feedback = objectOf(answer['promptFeedback'])
  const reason = textOf(feedback['blockReason'])
  if (reason === '' || listOf(answer['candidates']).length > 0) return undefined
  const said = textOf(feedback['blockReasonMessage'])
  return {
    index: 0,
    message: {
      role: 'assistant',
      content: null,
      refusal: said === '' ? `Google blocked the prompt: ${reason}.` : said,
    },
    logprobs: null,
    finish_reason: 'content_filter',
    native_finish_reason: reason,
  }
}
