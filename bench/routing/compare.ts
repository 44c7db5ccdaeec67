import { scenarios, type Scenario } from './scenarios.ts'
import { simulate } from './simulate.ts'
import { alwaysCheapest, redpill, roundRobin } from './strategies.ts'
import type { Outcome } from './tally.ts'

export type Compared = {
  readonly seed: number
  readonly seconds: number
  readonly callsPerSecond: number
  readonly scenarios: readonly { readonly name: string; readonly outcomes: readonly Outcome[] }[]
}

/** In each scenario every strategy meets the same offers, the same arrivals and the same luck. */
export function compare(seed = 20_261_128): Compared {
  const [seconds, callsPerSecond] = [300, 40]
  const outcomesOf = ({ offers }: Scenario): readonly Outcome[] =>
    [
      redpill(offers, seed, 'balance'),
      redpill(offers, seed, 'latency'),
      roundRobin(offers),
      alwaysCheapest(offers),
    ].map((strategy) => simulate(strategy, { offers, seed, seconds, callsPerSecond }))
  return {
    ...{ seed, seconds, callsPerSecond },
    scenarios: scenarios.map((scenario) => ({ name: scenario.name, outcomes: outcomesOf(scenario) })),
  }
}
