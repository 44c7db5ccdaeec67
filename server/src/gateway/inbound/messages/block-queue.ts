import type { JsonObject } from '../../../core/json.ts'

/** A content block that is being written. */
export type Block = {
  /** Begins it; `undefined` while it is not known yet what it is. */
  start: JsonObject | undefined
  /** Whether it may end as soon as another one waits. A block that may not is still to be continued. */
  readonly mayEnd: () => boolean
  readonly waiting: JsonObject[]
}

export type BlockEvent =
  | { readonly type: 'content_block_start'; readonly index: number; readonly content_block: JsonObject }
  | { readonly type: 'content_block_delta'; readonly index: number; readonly delta: JsonObject }
  | { readonly type: 'content_block_stop'; readonly index: number }

/** Writes blocks one after another, as the API's streams have them: one is open, those after it wait until it may end. */
export type BlockQueue = {
  readonly last: () => Block | undefined
  readonly open: (block: Omit<Block, 'waiting'>) => Block
  /** Adds deltas to a block. To one that has ended nothing can be added any more. */
  readonly add: (block: Block, ...deltas: readonly JsonObject[]) => void
  /** Writes out everything that waits, and ends the last block. */
  readonly finish: () => void
}

/** Events are given as they become due. */
export function openBlockQueue(emit: (event: BlockEvent) => void): BlockQueue {
  const queue: Block[] = []
  let index = 0
  let begun = false

  function writeHead(): void {
    const head = queue[0]!
    if (!begun) emit({ type: 'content_block_start', index, content_block: head.start! })
    begun = true
    for (const delta of head.waiting) emit({ type: 'content_block_delta', index, delta })
    head.waiting.length = 0
  }

  function endHead(): void {
    writeHead()
    emit({ type: 'content_block_stop', index })
    queue.shift()
    index += 1
    begun = false
  }

  function advance(): void {
    while (queue.length > 1 && queue[0]!.start && queue[0]!.mayEnd()) endHead()
    if (queue[0]?.start) writeHead()
  }

  return {
    last: () => queue.at(-1),
    open(given) {
      const block = { ...given, waiting: [] }
      queue.push(block)
      advance()
      return block
    },
    add(block, ...deltas) {
      block.waiting.push(...deltas)
      advance()
    },
    finish() {
      while (queue.length > 0) endHead()
    },
  }
}
