import type { JsonObject, JsonValue } from '../../core/json.ts'
import { listOf, objectOf, textOf } from '../openai-form.ts'

/** `logprobsResult` as OpenAI's `logprobs`; `null` where there is none. */
export function readLogprobs(result: JsonValue | undefined): JsonObject | null {
  const chosen = listOf(objectOf(result)['chosenCandidates']).map(objectOf)
  if (chosen.length === 0) return null
  const top = listOf(objectOf(result)['topCandidates']).map(objectOf)
  const content = chosen.map((token, at) => ({
    ...readToken(token),
    top_logprobs: listOf(top[at]?.['candidates']).map((each) => readToken(objectOf(each))),
  }))
  return { content, refusal: null }
}

function readToken({ token, logProbability }: JsonObject): JsonObject {
  const text = textOf(token)
  return {
    token: text,
    logprob: typeof logProbability === 'number' ? logProbability : 0,
    bytes: [...Buffer.from(text)],
  }
}
