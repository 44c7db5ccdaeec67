import type { JsonObject } from '../../core/json.ts'
import { objectOf, textOf } from '../openai-form.ts'

/** How a response ended: OpenAI's word of chat completions, and this API's own beside it. */
export function mapFinishReason(response: JsonObject, callsTools: boolean): JsonObject {
  const status = textOf(response['status'])
  const reason = textOf(objectOf(response['incomplete_details'])['reason'])
  return { finish_reason: finishOf(status, reason, callsTools), native_finish_reason: reason === '' ? status : reason }
}

function finishOf(status: string, reason: string, callsTools: boolean): string {
  if (reason === 'content_filter') return reason
  if (reason !== '' || status === 'incomplete') return 'length'
  return callsTools ? 'tool_calls' : 'stop'
}
