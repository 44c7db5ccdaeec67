import { isObject, type JsonObject, type JsonValue } from '../../../core/json.ts'
import { listOf } from '../reasoning.ts'
import type { AnswerFacts } from '../types.ts'
import { openOutput } from './output.ts'
import { endOf, openResponse } from './response.ts'

/** A chat completion as a response: what its stream would end with. One choice was asked for, so the first is the answer. */
export function writeAnswer(answer: JsonObject, facts: AnswerFacts): JsonObject {
  const choice = objectOf(listOf(answer['choices'])[0])
  const message = objectOf(choice['message'])
  const output = openOutput(facts, () => {})
  output.write({ ...message, tool_calls: numbered(message['tool_calls']) }, choice['logprobs'])
  const end = endOf(choice['finish_reason'])
  return openResponse(facts)({
    ...end,
    output: output.finish(end.status === 'incomplete' ? 'incomplete' : 'completed'),
    usage: answer['usage'],
    serviceTier: answer['service_tier'],
  })
}

/** Whole calls need no telling apart. */
const numbered = (calls: JsonValue | undefined): JsonValue =>
  listOf(calls).map((call, index) => (isObject(call) ? { ...call, index } : call))

const objectOf = (value: JsonValue | undefined): JsonObject => (isObject(value) ? value : {})
