type Happening = { readonly atMs: number; readonly order: number; readonly happen: (nowMs: number) => void }

/** What happens when: a binary heap, equal times in the order in which they were asked for. */
export function openAgenda() {
  const heap: Happening[] = []
  let count = 0
  const isBefore = (a: Happening, b: Happening) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)

  function swap(a: number, b: number): void {
    const kept = heap[a]!
    heap[a] = heap[b]!
    heap[b] = kept
  }

  function sink(from: number): void {
    let at = from
    for (;;) {
      let least = at
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < heap.length && isBefore(heap[child]!, heap[least]!)) least = child
      if (least === at) return
      swap(at, least)
      at = least
    }
  }

  return {
    at(atMs: number, happen: Happening['happen']): void {
      let at = heap.push({ atMs, order: count++, happen }) - 1
      while (at > 0 && isBefore(heap[at]!, heap[(at - 1) >> 1]!)) {
        swap(at, (at - 1) >> 1)
        at = (at - 1) >> 1
      }
    },
    run(): void {
      for (let next = heap[0]; next; next = heap[0]) {
        swap(0, heap.length - 1)
        heap.pop()
        sink(0)
        next.happen(next.atMs)
      }
    },
  }
}
