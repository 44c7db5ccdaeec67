/**
 * Whose calls tell of an offer. An account's long prompts begin late everywhere, and a request can be such that a provider
 * falls over: what one account alone sees says nothing to the others, unless it is alone there.
 */
export type Witnesses = {
  readonly called: (accountId: string, nowMs: number) => void
  readonly succeeded: (nowMs: number) => void
  readonly failed: (accountId: string, nowMs: number) => void
  readonly begun: (accountId: string, isLate: boolean, nowMs: number) => void
  /** Failures since the last success that count: no account's more than those of all others together. */
  readonly inARow: (nowMs: number) => number
  /** From 0 to 1: the part that counts of the failures of this half minute. */
  readonly countedPart: (nowMs: number) => number
  /** Whether streams of this account that begin late count: the newest one of somebody else did too. */
  readonly believesDelay: (accountId: string, nowMs: number) => boolean
}

/** Calls of the operator's own making, such as probes, always count. */
export const operators = ''

/** Who was not there for so long is no company. */
const companyMs = 5 * 60_000
const halfMinuteMs = 30_000
const delayMs = 60_000
/** As many failures as are remembered with whose they were. */
const failuresMost = 100

type Failure = { readonly accountId: string; readonly atMs: number }

export function openWitnesses(): Witnesses {
  const [calls, streams] = [openSightings<undefined>(), openSightings<{ readonly isLate: boolean }>()]
  let failures: readonly Failure[] = []
  let succeededMs = -Infinity
  const isAlone = (accountId: string, nowMs: number) =>
    (calls.otherThan(accountId)?.atMs ?? -Infinity) < nowMs - companyMs

  function counted(some: readonly Failure[], nowMs: number): number {
    const most = loudest(some)
    if (most === undefined || isAlone(most.accountId, nowMs)) return some.length
    const others = some.length - most.count
    return others + Math.min(most.count, others)
  }

  return {
    called(accountId, nowMs) {
      // A probe of the operator's is no company: whoever is alone with it is still alone.
      if (accountId !== operators) calls.note(accountId, nowMs, undefined)
    },
    succeeded(nowMs) {
      succeededMs = nowMs
    },
    failed(accountId, nowMs) {
      failures = [...failures.slice(1 - failuresMost), { accountId, atMs: nowMs }]
    },
    begun: (accountId, isLate, nowMs) => streams.note(accountId, nowMs, { isLate }),
    inARow: (nowMs) =>
      counted(
        failures.filter(({ atMs }) => atMs >= succeededMs),
        nowMs,
      ),
    countedPart(nowMs) {
      const recent = failures.filter(({ atMs }) => atMs > nowMs - halfMinuteMs)
      return recent.length === 0 ? 0 : counted(recent, nowMs) / recent.length
    },
    believesDelay(accountId, nowMs) {
      const other = streams.otherThan(accountId)
      return isAlone(accountId, nowMs) || (other?.what.isLate === true && other.atMs >= nowMs - delayMs)
    },
  }
}

/** The account with the most of these failures, the operator's own apart. */
function loudest(failures: readonly Failure[]): { readonly accountId: string; readonly count: number } | undefined {
  const counts = new Map<string, number>()
  for (const { accountId } of failures) counts.set(accountId, (counts.get(accountId) ?? 0) + 1)
  counts.delete(operators)
  return [...counts]
    .map(([accountId, count]) => ({ accountId, count }))
    .reduce<{ accountId: string; count: number } | undefined>(
      (most, each) => (most && most.count >= each.count ? most : each),
      undefined,
    )
}

type Sighting<What> = { readonly accountId: string; readonly atMs: number; readonly what: What }

/** What was seen last, and what was last seen of anybody else. */
function openSightings<What>() {
  let last: Sighting<What> | undefined
  let other: Sighting<What> | undefined
  return {
    note(accountId: string, atMs: number, what: What): void {
      if (accountId !== last?.accountId) other = last
      last = { accountId, atMs, what }
    },
    otherThan: (accountId: string): Sighting<What> | undefined => (accountId === last?.accountId ? other : last),
  }
}
