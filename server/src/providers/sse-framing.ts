import { isObject, parseJson } from '../core/json.ts'
import { createSseFramer, type SseEvent } from '../core/sse.ts'
import type { Framed, Framing, ProviderEvent } from './translation.ts'

const eventBytesMax = 8 * 1_048_576

/** Server-sent events whose data are JSON objects. Comments, and the `[DONE]` that some end with, say nothing. */
export const sseFraming: Framing = {
  contentType: 'text/event-stream',
  openFramer() {
    const framer = createSseFramer({ eventBytesMax })
    return {
      push(bytes) {
        const { events, overflow } = framer.push(bytes)
        const framed = readEvents(events)
        return overflow && framed.fault === undefined
          ? { events: framed.events, fault: `an event of more than ${eventBytesMax} bytes` }
          : framed
      },
      finish() {
        const last = framer.finish()
        return readEvents(last ? [last] : [])
      },
    }
  },
}

function readEvents(events: readonly SseEvent[]): Framed {
  const read: ProviderEvent[] = []
  for (const { name, data } of events) {
    const text = data?.toString('utf8').trim() ?? ''
    if (text === '' || text === '[DONE]') continue
    const value = parseJson(text)
    if (!isObject(value)) return { events: read, fault: 'an event that is not a JSON object' }
    read.push({ name, data: value })
  }
  return { events: read }
}
