import type { Units } from '../../../src/credits/index.ts'

/** One of the company's programs: which models it calls, how often, and how long its prompts are. */
export type Caller = {
  readonly name: string
  readonly app: string
  readonly user: string
  readonly streams: boolean
  /** The first is called most. */
  readonly models: readonly string[]
  /** Calls on a working day, about. */
  readonly callsPerDay: number
  readonly inputTokens: number
  readonly outputTokens: number
  /** The last day on which it called, counted back from now. */
  readonly untilDaysAgo: number
}

export const callers: readonly Caller[] = [
  {
    ...{
      name: 'Support assistant',
      app: 'Help desk',
      user: 'support',
      streams: true,
      callsPerDay: 22,
      untilDaysAgo: 0,
    },
    models: ['anthropic/claude-sonnet-5', 'anthropic/claude-haiku-4-5'],
    ...{ inputTokens: 3_200, outputTokens: 420 },
  },
  {
    ...{
      name: 'Search ranking',
      app: 'Storefront',
      user: 'storefront',
      streams: false,
      callsPerDay: 16,
      untilDaysAgo: 0,
    },
    models: ['openai/gpt-5-mini', 'google/gemini-2.5-flash'],
    ...{ inputTokens: 900, outputTokens: 60 },
  },
  {
    ...{ name: 'Nightly summaries', app: 'Reports', user: 'cron', streams: false, callsPerDay: 7, untilDaysAgo: 0 },
    models: ['openai/gpt-5', 'mistralai/mistral-large'],
    ...{ inputTokens: 9_000, outputTokens: 1_100 },
  },
  {
    ...{ name: 'Old prototype', app: 'Prototype', user: 'lena', streams: true, callsPerDay: 5, untilDaysAgo: 9 },
    models: ['openai/gpt-4o-mini', 'openai/gpt-4.1'],
    ...{ inputTokens: 700, outputTokens: 240 },
  },
]

export type Drawn = {
  readonly atMs: number
  readonly caller: Caller
  readonly model: string
  readonly outcome: 'ok' | 'rescued' | 'aborted' | 'failed'
  readonly units: Units
  readonly firstByteMs: number
  readonly durationMs: number
}

const dayMs = 86_400_000

/** The company's calls between two moments, oldest first: busy by day, quiet at the weekend, slowly growing. */
export function drawCalls(random: () => number, fromMs: number, toMs: number): Drawn[] {
  const drawn: Drawn[] = []
  for (let dayStartMs = fromMs; dayStartMs < toMs; dayStartMs += dayMs) {
    const isWeekend = [0, 6].includes(new Date(dayStartMs).getUTCDay())
    const growth = 0.6 + (0.6 * (dayStartMs - fromMs)) / (toMs - fromMs)
    for (const caller of callers) {
      const count = Math.round(caller.callsPerDay * growth * (isWeekend ? 0.35 : 1) * (0.75 + random() / 2))
      for (let call = 0; call < count; call++) {
        const one = drawCall(random, caller, dayStartMs + dayMs * random())
        if (one.atMs < toMs - caller.untilDaysAgo * dayMs - one.durationMs) drawn.push(one)
      }
    }
  }
  return drawn.toSorted((one, other) => one.atMs - other.atMs)
}

function drawCall(random: () => number, caller: Caller, atMs: number): Drawn {
  const roll = random()
  const outcome = roll < 0.955 ? 'ok' : roll < 0.97 ? 'rescued' : roll < 0.985 ? 'aborted' : 'failed'
  const spread = () => 0.4 + 1.2 * random()
  const input = Math.round(caller.inputTokens * spread())
  const cached = random() < 0.4 ? Math.round(input * 0.6) : 0
  const output = Math.round(caller.outputTokens * spread() * (outcome === 'aborted' ? 0.3 : 1))
  const firstByteMs = Math.round(180 + 500 * random() ** 3 + input / 40)
  return {
    ...{ atMs: Math.round(atMs), caller, outcome, firstByteMs },
    model: caller.models[random() < 0.72 ? 0 : 1]!,
    units: { input: input - cached, ...(cached > 0 && { cached_input: cached }), output, request: 1 },
    durationMs: firstByteMs + output * 9,
  }
}
