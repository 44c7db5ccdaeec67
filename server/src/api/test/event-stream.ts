import { ok } from 'node:assert/strict'

export type LiveEvent = {
  readonly name: string
  readonly id: string | undefined
  readonly data: Record<string, unknown>
}

/** A stream of server-sent events as it was read so far. */
export type EventStream = {
  readonly events: readonly LiveEvent[]
  /** Every id that came, in order. */
  readonly ids: () => readonly string[]
  readonly of: (name: string) => readonly Record<string, unknown>[]
  /** Waits until there are so many events of a name. */
  readonly until: (name: string, count: number) => Promise<readonly Record<string, unknown>[]>
  /** Resolves with how it ended: `ended`, or `broken`. */
  readonly ended: Promise<'ended' | 'broken'>
  readonly leave: () => Promise<void>
}

/** Reads events (the HTML standard, §9.2) from an answer until it ends or is left. */
export function readEvents(response: Response): EventStream {
  ok(response.body)
  const reader = response.body.getReader()
  const events: LiveEvent[] = []
  const watchers = new Set<() => void>()
  const of = (name: string) => events.filter((event) => event.name === name).map(({ data }) => data)
  let text = ''
  const read = async (): Promise<'ended' | 'broken'> => {
    const decoder = new TextDecoder()
    for (;;) {
      const { value, done } = await reader.read()
      if (done) return 'ended'
      text += decoder.decode(value as Uint8Array, { stream: true })
      const parts = text.split('\n\n')
      text = parts.pop() ?? ''
      events.push(...parts.flatMap(parse))
      for (const look of watchers) look()
    }
  }
  const ended = read().catch(() => 'broken' as const)
  const look = <Found>(find: () => Found | undefined): Promise<Found> =>
    new Promise((resolve, reject) => {
      const watch = () => {
        const found = find()
        if (found === undefined) return
        watchers.delete(watch)
        resolve(found)
      }
      watchers.add(watch)
      watch()
      void ended.then((how) => reject(new Error(`the stream ${how}: ${JSON.stringify(events.slice(-3))}`)))
    })
  return {
    events,
    of,
    ended,
    ids: () => events.flatMap(({ id }) => (id === undefined ? [] : [id])),
    until: (name, count) => look(() => (of(name).length >= count ? of(name) : undefined)),
    leave: () => reader.cancel(),
  }
}

function parse(block: string): LiveEvent[] {
  const fields = new Map(
    block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  )
  const [name, data] = [fields.get('event'), fields.get('data')]
  if (name === undefined || data === undefined) return []
  return [{ name, id: fields.get('id'), data: JSON.parse(data) as Record<string, unknown> }]
}
