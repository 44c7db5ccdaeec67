import { simulate, type Outcome } from './simulate.ts'
import { alwaysCheapest, redpill, roundRobin } from './strategies.ts'
import { badDay } from './world.ts'

export type Compared = {
  readonly seed: number
  readonly seconds: number
  readonly callsPerSecond: number
  readonly outcomes: readonly Outcome[]
}

/** Every strategy meets the same offers, the same arrivals and the same luck. */
export function compare(seed = 20_261_128, seconds = 600): Compared {
  const callsPerSecond = 40
  const options = { scripts: badDay, seed, seconds, callsPerSecond }
  const strategies = [
    redpill(badDay, seed, 'balance'),
    redpill(badDay, seed, 'latency'),
    roundRobin(badDay),
    alwaysCheapest(badDay),
  ]
  return { seed, seconds, callsPerSecond, outcomes: strategies.map((strategy) => simulate(strategy, options)) }
}
