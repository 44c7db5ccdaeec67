import { numbersFrom } from '../../server/src/core/random.ts'
import { openAgenda } from './agenda.ts'
import type { OfferScript } from './scenarios.ts'
import type { Move, Strategy } from './strategies.ts'
import { openTally, type Outcome } from './tally.ts'
import { openWorld } from './world.ts'

export type SimulationOptions = {
  readonly offers: readonly OfferScript[]
  readonly seed: number
  readonly seconds: number
  readonly callsPerSecond: number
}

/** A caller who has waited so long for a first byte has gone. */
const patienceMs = 30_000

/** Lets calls come as they do (Poisson) and plays each to its end; events happen in the order of their time. */
export function simulate(strategy: Strategy, { offers, seed, seconds, callsPerSecond }: SimulationOptions): Outcome {
  const arrivals = numbersFrom(seed)
  const world = openWorld(offers, seed + 1)
  const agenda = openAgenda()
  const tally = openTally(offers, seconds)

  function play(next: (nowMs: number) => Move, startedMs: number, nowMs: number): void {
    const move = next(nowMs)
    if (move.kind === 'give-up' || nowMs - startedMs > patienceMs) return
    if (move.kind === 'wait') return agenda.at(nowMs + move.ms, (atMs) => play(next, startedMs, atMs))
    tally.asked(move.id, nowMs)
    const reply = world.ask(move.id, nowMs)
    const hasBegun = 'firstByteMs' in reply
    if (hasBegun)
      agenda.at(nowMs + reply.firstByteMs, (atMs) => {
        move.firstByte(atMs)
        tally.firstByte(atMs - startedMs)
      })
    agenda.at(nowMs + reply.ms, (endMs) => {
      move.ended(reply, endMs)
      tally.ended(move.id, reply, endMs)
      if (!hasBegun) play(next, startedMs, endMs)
    })
  }

  function arrive(nowMs: number): void {
    tally.called()
    const nextMs = nowMs + (-Math.log(1 - arrivals()) / callsPerSecond) * 1_000
    if (nextMs < seconds * 1_000) agenda.at(nextMs, arrive)
    play(strategy.begin(nowMs), nowMs, nowMs)
  }

  agenda.at(0, arrive)
  agenda.run()
  return tally.outcome(strategy.name)
}
