import type { JsonObject } from '../../../core/json.ts'

/** An event of an item; where it belongs is added when it is written. */
export type ItemEvent = { readonly type: string; readonly [field: string]: unknown }

export type ItemStatus = 'completed' | 'incomplete'

/** What an item of the output does for the queue. */
export type Item = {
  readonly id: () => string
  /** As it is added; `undefined` while it is not known yet what it is. */
  readonly begin: () => JsonObject | undefined
  /** Whether it may end as soon as another one waits. One that may not is still to be continued. */
  readonly mayEnd: () => boolean
  /** Its last events, and the whole of it. */
  readonly end: (status: ItemStatus) => { readonly events: readonly ItemEvent[]; readonly item: JsonObject }
}

/** Writes items one after another: one is open, those after it wait until it may end. */
export type ItemQueue = {
  readonly last: () => Item | undefined
  /** How many items have been opened. */
  readonly count: () => number
  readonly open: (item: Item) => void
  /** Adds events to an item. To one that has ended nothing can be added any more. */
  readonly add: (item: Item, ...events: readonly ItemEvent[]) => void
  /** Writes out what waits, and ends every item; gives all of them. */
  readonly finish: (status: ItemStatus) => readonly JsonObject[]
}

type Waiting = { readonly item: Item; readonly at: number; readonly events: ItemEvent[] }

/** Events are given as they become due. */
export function openItemQueue(emit: (event: ItemEvent) => void): ItemQueue {
  const queue: Waiting[] = []
  const whole: JsonObject[] = []
  let count = 0
  let begun = false

  function writeHead(): boolean {
    const { item, at, events } = queue[0]!
    if (!begun) {
      const added = item.begin()
      if (!added) return false
      emit({ type: 'response.output_item.added', output_index: at, item: added })
      begun = true
    }
    for (const { type, ...rest } of events) emit({ type, item_id: item.id(), output_index: at, ...rest })
    events.length = 0
    return true
  }

  function endHead(status: ItemStatus): void {
    const { item, at, events } = queue[0]!
    const end = item.end(status)
    events.push(...end.events)
    writeHead()
    emit({ type: 'response.output_item.done', output_index: at, item: end.item })
    whole.push(end.item)
    queue.shift()
    begun = false
  }

  function advance(): void {
    while (queue.length > 1 && queue[0]!.item.mayEnd()) endHead('completed')
    if (queue.length > 0) writeHead()
  }

  return {
    last: () => queue.at(-1)?.item,
    count: () => count,
    open(item) {
      queue.push({ item, at: count, events: [] })
      count += 1
      advance()
    },
    add(item, ...events) {
      queue.find((waiting) => waiting.item === item)?.events.push(...events)
      advance()
    },
    finish(status) {
      while (queue.length > 0) endHead(queue.length > 1 && queue[0]!.item.mayEnd() ? 'completed' : status)
      return whole
    },
  }
}
