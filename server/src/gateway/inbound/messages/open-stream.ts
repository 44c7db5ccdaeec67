import { isObject, type JsonObject, type JsonValue } from '../../../core/json.ts'
import type { AnswerFacts, StreamWriter } from '../types.ts'
import { messageHead, messageUsage, stopOf } from './message.ts'
import { listOf } from '../reasoning.ts'
import { openStreamContent } from './stream-content.ts'
import { writeError } from './write-error.ts'

type StreamEvent = { readonly type: string; readonly [field: string]: unknown }

const serverSent = (event: StreamEvent): string => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`

/** Writes chunks of a chat completion as the events of a message. The last block ends with the message, after the charge. */
export function openStream(facts: AnswerFacts): StreamWriter {
  let written = ''
  const emit = (event: StreamEvent) => {
    written += serverSent(event)
  }
  const content = openStreamContent(emit)
  let begun = false
  let ending: JsonObject = {}

  function begin(usage: JsonValue | undefined): void {
    if (begun) return
    begun = true
    const open = { content: [], stop_reason: null, stop_sequence: null, stop_details: null }
    emit({ type: 'message_start', message: { ...messageHead(facts), ...open, usage: messageUsage(usage) } })
  }

  function take(): string {
    const events = written
    written = ''
    return events
  }

  return {
    chunk(chunk) {
      begin(chunk['usage'])
      const choice = listOf(chunk['choices']).find((each) => isObject(each) && (each['index'] ?? 0) === 0)
      if (isObject(choice)) {
        if (isObject(choice['delta'])) content.write(choice['delta'])
        if (typeof choice['finish_reason'] === 'string') ending = choice
      }
      return take()
    },
    finish(usage) {
      begin(undefined)
      content.finish()
      emit({ type: 'message_delta', delta: stopOf(ending, facts, content.saw()), usage: messageUsage(usage) })
      emit({ type: 'message_stop' })
      return take()
    },
    error: (error) => serverSent(writeError(error, facts)),
    keepAlive: serverSent({ type: 'ping' }),
  }
}
