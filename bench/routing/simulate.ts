import { numbersFrom } from '../../server/src/core/random.ts'
import type { Strategy } from './strategies.ts'
import { openWorld, type OfferScript } from './world.ts'

export type Outcome = {
  readonly strategy: string
  readonly calls: number
  readonly successPercent: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Requests that providers got, over calls. */
  readonly attemptsPerCall: number
  /** Mean price of what answered, USD per million tokens. */
  readonly price: number
}

export type SimulationOptions = {
  readonly scripts: readonly OfferScript[]
  readonly seed: number
  readonly seconds: number
  readonly callsPerSecond: number
}

/** A caller who has waited so long has gone. */
const patienceMs = 30_000

/** Lets calls come as they do (Poisson) and plays each to its end; events happen in the order of their time. */
export function simulate(strategy: Strategy, { scripts, seed, seconds, callsPerSecond }: SimulationOptions): Outcome {
  const arrivals = numbersFrom(seed)
  const world = openWorld(scripts, seed + 1)
  const agenda = openAgenda()
  const waits: number[] = []
  let [calls, attempts, paid] = [0, 0, 0]

  function play(
    next: (nowMs: number) => ReturnType<ReturnType<Strategy['begin']>>,
    startedMs: number,
    nowMs: number,
  ): void {
    const move = next(nowMs)
    if (move.kind === 'give-up' || nowMs - startedMs > patienceMs) return
    if (move.kind === 'wait') return agenda.at(nowMs + move.ms, (atMs) => play(next, startedMs, atMs))
    attempts += 1
    const reply = world.ask(move.id, nowMs)
    agenda.at(nowMs + reply.ms, (endMs) => {
      move.told(reply, endMs)
      if (reply.kind !== 'ok') return play(next, startedMs, endMs)
      waits.push(endMs - startedMs)
      paid += scripts.find(({ id }) => id === move.id)!.price
    })
  }

  for (let atMs = 0; atMs < seconds * 1_000; atMs += (-Math.log(1 - arrivals()) / callsPerSecond) * 1_000) {
    calls += 1
    agenda.at(atMs, (nowMs) => play(strategy.begin(nowMs), nowMs, nowMs))
  }
  agenda.run()
  const sorted = waits.toSorted((a, b) => a - b)
  const percentile = (part: number) => Math.round(sorted[Math.ceil(sorted.length * part) - 1] ?? 0)
  const round = (value: number, decimals: number) => Number(value.toFixed(decimals))
  return {
    ...{ strategy: strategy.name, calls },
    successPercent: round((100 * waits.length) / calls, 2),
    ...{ p50Ms: percentile(0.5), p99Ms: percentile(0.99) },
    ...{ attemptsPerCall: round(attempts / calls, 3), price: round(paid / waits.length, 3) },
  }
}

type Happening = { readonly atMs: number; readonly order: number; readonly happen: (nowMs: number) => void }

/** What happens when: a binary heap, equal times in the order in which they were asked for. */
function openAgenda() {
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
