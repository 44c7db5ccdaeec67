/** Marks of Anthropic's prompt caching (`cache_control`) in a chat completion, wherever OpenRouter's form has them. */
import { isObject, type JsonObject, type JsonValue } from '../core/json.ts'

/**
 * The request with no mark that asks for more than five minutes: writes to such a cache cost more than a cache write is
 * charged here. The same object where none does.
 */
export function withShortCaching(body: JsonObject, leaveOut: (what: string, why: string) => void): JsonObject {
  const short: Change = (marked) => {
    const mark = marked['cache_control']
    if (!isObject(mark)) return marked
    const { ttl, ...rest } = mark
    if (ttl === undefined || ttl === null || ttl === '5m') return marked
    leaveOut('ttl of cache_control', 'caching for longer than five minutes has no price here')
    return { ...marked, cache_control: rest }
  }
  return mapItems(mapItems(short(body), 'tools', short), 'messages', (message) =>
    mapItems(mapItems(short(message), 'content', short), 'tool_calls', short),
  )
}

type Change = (object: JsonObject) => JsonObject

function mapItems(object: JsonObject, list: string, change: Change): JsonObject {
  const items = object[list]
  if (!Array.isArray(items)) return object
  const changed = (items as readonly JsonValue[]).map((item) => (isObject(item) ? change(item) : item))
  return changed.some((item, at) => item !== items[at]) ? { ...object, [list]: changed } : object
}
