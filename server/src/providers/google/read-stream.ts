import { isObject, type JsonObject } from '../../core/json.ts'
import type { AnswerFacts, StreamTranslation } from '../translation.ts'
import { convertUsage } from './convert-usage.ts'
import { readErrorObject } from './error.ts'
import { mapFinishReason } from './map-finish-reason.ts'
import { blockedPrompt, failedFinish, indexOf } from './read-answer.ts'
import { readLogprobs } from './read-logprobs.ts'
import { readParts, saidFields, type Said } from './read-parts.ts'
import { listOf, objectOf, textOf } from '../openai-form.ts'

/** A choice under way. */
type Choice = { begun: boolean; tools: number; images: number; hasContent: boolean; finished: boolean }

/** Reads the events of streamGenerateContent, each of which is a GenerateContentResponse that says what is new. */
export function openStream({ created, call }: AnswerFacts): StreamTranslation {
  const choices = new Map<number, Choice>()
  let envelope: JsonObject = { id: '', object: 'chat.completion.chunk', created, model: call.body['model'] ?? '' }
  function choiceOf(index: number): Choice {
    const known = choices.get(index)
    if (known) return known
    const opened: Choice = { begun: false, tools: 0, images: 0, hasContent: false, finished: false }
    choices.set(index, opened)
    return opened
  }

  const isOver = () => choices.size > 0 && [...choices.values()].every(({ finished }) => finished)

  function readChoices(data: JsonObject): readonly JsonObject[] {
    const block = blockedPrompt(data)
    if (block && choices.size === 0) {
      choiceOf(0).finished = true
      const { message, ...rest } = block
      return [{ ...rest, delta: message! }]
    }
    return listOf(data['candidates'])
      .map(objectOf)
      .flatMap((candidate, at) => {
        const index = indexOf(candidate, at)
        return readCandidate(candidate, { index, choice: choiceOf(index), responseId: textOf(envelope['id']) })
      })
  }

  return {
    read({ data }) {
      if (isObject(data['error'])) return [readErrorObject(data['error'])]
      envelope = {
        ...envelope,
        ...(typeof data['responseId'] === 'string' && { id: data['responseId'] }),
        ...(typeof data['modelVersion'] === 'string' && { model: data['modelVersion'] }),
      }
      const read = readChoices(data)
      const failed = read.find((choice) => choice['error'] !== undefined)
      if (failed) return [failed]
      const chunks = read.length === 0 ? [] : [{ ...envelope, choices: read }]
      const usage = convertUsage(data['usageMetadata'])
      // Without a count of the answer it is not the whole of what was used.
      const isWhole =
        usage !== undefined && (isOver() || objectOf(data['usageMetadata'])['candidatesTokenCount'] !== undefined)
      return isWhole ? [...chunks, { ...envelope, choices: [], usage }] : chunks
    },
    end: () => (isOver() ? ['done'] : []),
  }
}

type CandidatePlace = { readonly index: number; readonly choice: Choice; readonly responseId: string }

/**
 * A candidate as a choice of a chunk; nothing where it says nothing new: until a model has begun to speak another one may
 * take its place. An error where the model failed.
 */
function readCandidate(candidate: JsonObject, { index, choice, responseId }: CandidatePlace): readonly JsonObject[] {
  if (choice.finished) return []
  const before = { toolsBefore: choice.tools, imagesBefore: choice.images }
  const said = readParts(objectOf(candidate['content'])['parts'], { responseId, choice: index, ...before })
  count(said, choice)
  const native = textOf(candidate['finishReason'])
  const saw = { content: choice.hasContent, tools: choice.tools > 0 }
  const finish = native === '' ? undefined : mapFinishReason(native, saw)
  if (finish?.kind === 'failed') return [failedFinish(native, candidate['finishMessage'])]
  choice.finished = finish !== undefined
  const fields: JsonObject = { ...(said.content !== '' && { content: said.content }), ...saidFields(said) }
  const logprobs = readLogprobs(candidate['logprobsResult'])
  if (!finish && !logprobs && Object.keys(fields).length === 0) return []
  const delta = choice.begun ? fields : { role: 'assistant', content: '', ...fields }
  choice.begun = true
  const ending = finish ? { finish_reason: finish.reason, native_finish_reason: native } : { finish_reason: null }
  return [{ index, delta, logprobs, ...ending }]
}

function count(said: Said, choice: Choice): void {
  choice.tools += said.toolCalls.length
  choice.images += said.images.length
  choice.hasContent ||= said.content !== '' || said.toolCalls.length > 0 || said.images.length > 0
}
