import type { Uuid } from '../../src/core/ids.ts'
import type { CallState } from '../../src/credits/index.ts'

/**
 * What a process that may be killed says of its calls, a line of JSON each: `try` before it asks the ledger, so whatever
 * may have happened was announced, and `got` once it was answered. Amounts are decimal texts.
 */
export type Event =
  | {
      readonly is: 'try-reserve'
      readonly call: Uuid
      readonly account: Uuid
      readonly key: Uuid
      readonly wanted: string
    }
  | { readonly is: 'got-hold'; readonly call: Uuid; readonly amount: string }
  | { readonly is: 'got-refusal'; readonly call: Uuid }
  | { readonly is: 'try-grow'; readonly call: Uuid; readonly wanted: string }
  | { readonly is: 'try-note'; readonly call: Uuid; readonly cost: string }
  | { readonly is: 'try-settle'; readonly call: Uuid; readonly cost: string; readonly state: CallState }
  | {
      readonly is: 'got-settle'
      readonly call: Uuid
      readonly kind: 'settled' | 'replayed' | 'unknown'
      readonly charged: string
      readonly shortfall: string
    }
  /** It took up a call that a dead sibling left. */
  | { readonly is: 'got-recovery'; readonly call: Uuid; readonly charged: string }
  /** What must never happen. */
  | { readonly is: 'fault'; readonly what: string }

/** A receipt as it stands on the ledger, and what its hold was when it was resolved. */
export type Entry = {
  readonly call: Uuid
  readonly account: Uuid
  readonly key: Uuid
  readonly held: bigint
  readonly charged: bigint
  readonly shortfall: bigint
  readonly state: CallState
  /** The cost at the last checkpoint that reached the ledger; 0 if none did. */
  readonly noted: bigint
}

/** A call as its process saw it. */
type Story = {
  readonly call: Uuid
  readonly account: Uuid
  readonly key: Uuid
  reserve: 'held' | 'refused' | 'unknown'
  /** The largest hold that was confirmed, and the largest that was asked for. */
  heldAtLeast: bigint
  askedMost: bigint
  readonly notes: Set<bigint>
  settle?: { readonly cost: bigint; readonly state: CallState }
  settled?: Extract<Event, { is: 'got-settle' }>
}

/** Every way in which the ledger contradicts what the processes saw. */
export function contradictions(events: readonly Event[], entries: readonly Entry[]): string[] {
  const stories = storiesOf(events)
  const found = events.flatMap((event) => (event.is === 'fault' ? [event.what] : []))
  const byCall = Map.groupBy(entries, ({ call }) => call)

  for (const [call, charges] of byCall) {
    if (!stories.has(call)) found.push(`${call} is charged, and nobody made it`)
    if (charges.length > 1) found.push(`${call} is charged ${charges.length} times`)
  }
  for (const story of stories.values()) {
    const entry = byCall.get(story.call)?.[0]
    const offence = entry ? chargedWrongly(story, entry) : chargedNot(story)
    if (offence) found.push(`${story.call} ${offence}`)
  }
  return [...found, ...recoveredWrongly(events, byCall)]
}

function chargedNot({ reserve, settled }: Story): string | undefined {
  if (settled) return `was acknowledged as ${settled.kind}, and is not charged`
  return reserve === 'held' ? 'was held, and left no receipt' : undefined
}

function chargedWrongly(story: Story, entry: Entry): string | undefined {
  const { reserve, settle, settled } = story
  if (reserve === 'refused') return 'was refused, and is charged'
  if (entry.account !== story.account || entry.key !== story.key) return 'is charged to somebody else'
  if (entry.charged > entry.held) return `is charged ${entry.charged} of a hold of ${entry.held}`
  if (entry.held < story.heldAtLeast) return `held ${story.heldAtLeast}, of which ${entry.held} were found in the end`
  if (entry.held > max(story.askedMost, settle?.cost ?? 0n, ...story.notes))
    return `held ${entry.held}, which nobody asked for`

  if (settled?.kind === 'unknown') return 'was unknown to the ledger when it was settled'
  if (settled && (BigInt(settled.charged) !== entry.charged || BigInt(settled.shortfall) !== entry.shortfall))
    return `was acknowledged at ${settled.charged} and ${settled.shortfall} short, but stands at ${entry.charged} and ${entry.shortfall}`

  const cost = entry.charged + entry.shortfall
  if (entry.state !== 'interrupted') {
    if (settle?.cost === cost && settle.state === entry.state) return undefined
    return `stands as ${entry.state} at ${cost}, which is not how it was settled`
  }
  if (settled?.kind === 'settled') return 'was acknowledged, and stands as interrupted'
  if (cost !== entry.noted) return `was interrupted at ${entry.noted}, but cost ${cost}`
  return cost === 0n || story.notes.has(cost) ? undefined : `cost ${cost}, which its process never noted`
}

function recoveredWrongly(events: readonly Event[], byCall: ReadonlyMap<Uuid, readonly Entry[]>): string[] {
  const seen = new Set<Uuid>()
  return events.flatMap((event) => {
    if (event.is !== 'got-recovery') return []
    const entry = byCall.get(event.call)?.[0]
    const isRight = entry?.state === 'interrupted' && entry.charged === BigInt(event.charged) && !seen.has(event.call)
    seen.add(event.call)
    return isRight ? [] : [`${event.call} was recovered at ${event.charged}, which is not so, or was done before`]
  })
}

function storiesOf(events: readonly Event[]): Map<Uuid, Story> {
  const stories = new Map<Uuid, Story>()
  for (const event of events) {
    if (event.is === 'fault' || event.is === 'got-recovery') continue
    if (event.is === 'try-reserve') {
      const { call, account, key, wanted } = event
      const story: Story = { call, account, key, reserve: 'unknown', heldAtLeast: 0n, askedMost: 0n, notes: new Set() }
      stories.set(call, { ...story, askedMost: BigInt(wanted) })
      continue
    }
    tell(stories.get(event.call)!, event)
  }
  return stories
}

function tell(story: Story, event: Exclude<Event, { is: 'fault' | 'got-recovery' | 'try-reserve' }>): void {
  switch (event.is) {
    case 'got-hold':
      story.reserve = 'held'
      story.heldAtLeast = max(story.heldAtLeast, BigInt(event.amount))
      return
    case 'got-refusal':
      story.reserve = 'refused'
      return
    case 'try-grow':
      story.askedMost = max(story.askedMost, BigInt(event.wanted))
      return
    case 'try-note':
      story.notes.add(BigInt(event.cost))
      return
    case 'try-settle':
      story.settle = { cost: BigInt(event.cost), state: event.state }
      return
    case 'got-settle':
      story.settled = event
  }
}

const max = (...amounts: readonly bigint[]): bigint => amounts.reduce((most, each) => (each > most ? each : most))
