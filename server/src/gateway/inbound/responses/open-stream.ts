import type { AppError } from '../../../core/errors.ts'
import { isObject, type JsonObject, type JsonValue } from '../../../core/json.ts'
import { listOf } from '../reasoning.ts'
import type { AnswerFacts, StreamWriter } from '../types.ts'
import { openOutput } from './output.ts'
import { endOf, openResponse } from './response.ts'
import { eventError, responseError } from './write-error.ts'

type StreamEvent = { readonly type: string; readonly [field: string]: unknown }

/** Writes chunks of a chat completion as the events of a response. The last item ends with the response, after the charge. */
export function openStream(facts: AnswerFacts): StreamWriter {
  const respond = openResponse(facts)
  let written = ''
  let number = 0
  let isMuted = false
  let begun = false
  let finishReason: JsonValue | undefined
  let serviceTier: JsonValue | undefined
  let whole: JsonObject | undefined

  function emit({ type, ...rest }: StreamEvent): void {
    if (isMuted) return
    written += `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: number, ...rest })}\n\n`
    number += 1
  }
  const output = openOutput(facts, emit)

  function begin(): void {
    if (begun) return
    begun = true
    const response = respond({ status: 'in_progress', output: [], serviceTier })
    emit({ type: 'response.created', response })
    emit({ type: 'response.in_progress', response })
  }

  function take(): string {
    const events = written
    written = ''
    return events
  }

  return {
    chunk(chunk) {
      serviceTier ??= chunk['service_tier']
      begin()
      const choice = listOf(chunk['choices']).find((each) => isObject(each) && (each['index'] ?? 0) === 0)
      if (isObject(choice)) {
        if (isObject(choice['delta'])) output.write(choice['delta'], choice['logprobs'])
        if (typeof choice['finish_reason'] === 'string') finishReason = choice['finish_reason']
      }
      return take()
    },
    finish(usage, routing) {
      begin()
      const end = endOf(finishReason)
      const items = output.finish(end.status === 'incomplete' ? 'incomplete' : 'completed')
      whole = respond({ ...end, output: items, usage, serviceTier })
      emit({ type: `response.${end.status}`, response: routing ? { ...whole, redpill: routing } : whole })
      return take()
    },
    error(error: AppError) {
      begin()
      emit({ type: 'error', ...eventError(error) })
      // What was still being written is told in the response, but not as something done: nobody may act on half a call.
      isMuted = true
      const items = output.finish('incomplete')
      isMuted = false
      const failed = { status: 'failed', error: responseError(error), output: items, serviceTier } as const
      emit({ type: 'response.failed', response: respond(failed) })
      return take()
    },
    whole: () => whole,
    keepAlive: ': keep-alive\n\n',
  }
}
