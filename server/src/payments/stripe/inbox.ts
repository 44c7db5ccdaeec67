import { takeCard, withdrawCard } from './auto-top-up/cards.ts'
import { converge } from './converge.ts'
import { faultOf } from './faults.ts'
import type { Notice } from './notice.ts'
import { isHeeded, readMeant } from './objects/index.ts'
import type { Meant } from './objects/meant.ts'
import { retryWaitMs } from './schedule.ts'
import { several } from './several.ts'
import { claimEvents, deleteEventsBefore, insertEvents, updateEvents } from './store/events.ts'
import { adoptNames, findPaymentOf } from './store/payments.ts'
import type { EventRow } from './store/tables.ts'
import { nowOf, type StripeTools } from './tools.ts'

const batchSize = 40
/** Above the time of any attempt: whoever has not ended one by then is gone. */
const lostAfterMs = 120_000
/** Stripe's own list goes back 30 days. */
const keptMs = 60 * 24 * 3_600_000

/** Writes down that something happened, once for each event. Returns how many were new and of use. */
export async function receive(
  tools: StripeTools,
  notices: readonly Notice[],
  source: EventRow['source'],
): Promise<number> {
  const now = nowOf(tools)
  const ours = notices.filter(({ livemode, object }) => livemode === tools.settings.isLive && isHeeded(object.kind))
  const rows = ours.map(({ id, livemode, type, object, intentId, chargeId, happenedAt }) => ({
    ...{ id, livemode, type, object_kind: object.kind, object_id: object.id },
    ...{ intent_id: intentId ?? null, charge_id: chargeId ?? null },
    ...{ happened_at: happenedAt, received_at: now, next_at: now, source },
  }))
  return insertEvents(tools.db, rows)
}

/**
 * A job, and run at once when something came: does what the events that wait ask for, each by one process at a time.
 * Several events of one order are one reading of it. Returns how many were worked on.
 */
export async function workOff(tools: StripeTools): Promise<number> {
  const now = nowOf(tools)
  const lostAt = new Date(now.getTime() + lostAfterMs)
  const events = await claimEvents(tools.db, { livemode: tools.settings.isLive, now, lostAt, limit: batchSize })
  const groups = new Map<string, { readonly meant: Meant; readonly events: EventRow[] }>()
  await several(events, (event) =>
    attempt(tools, [event], async () => {
      const meant = await meantBy(tools, event)
      const key = meant.kind === 'order' ? meant.orderId : event.id
      const group = groups.get(key)
      if (group) group.events.push(event)
      else groups.set(key, { meant, events: [event] })
    }),
  )
  await several([...groups.values()], (group) =>
    attempt(tools, group.events, async () => {
      await heed(tools, group.meant)
      const ids = group.events.map(({ id }) => id)
      await updateEvents(tools.db, ids, { state: 'done', ended_at: nowOf(tools), problem: null })
    }),
  )
  return events.length
}

/** Known here by its name, or else as the object itself says at Stripe. */
async function meantBy({ db, stripe }: StripeTools, event: EventRow): Promise<Meant> {
  const known = await findPaymentOf(db, {
    sessionId: event.object_kind === 'checkout.session' ? event.object_id : undefined,
    intentId: event.intent_id ?? undefined,
    chargeId: event.charge_id ?? undefined,
  })
  if (known) return { kind: 'order', orderId: known.order_id }
  return readMeant(stripe, event.object_kind, event.object_id)
}

async function heed(tools: StripeTools, meant: Meant): Promise<void> {
  if (meant.kind === 'card') return takeCard(tools, meant)
  if (meant.kind === 'card-gone') return withdrawCard(tools, meant.cardId)
  if (meant.kind === 'nobody') return
  await adoptNames(tools.db, meant.orderId, { sessionId: meant.sessionId, intentId: meant.intentId })
  await converge(tools, meant.orderId)
}

/** Whatever fails is tried again, ever later; what Stripe does not know is not. */
async function attempt(tools: StripeTools, events: readonly EventRow[], work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    const isMissing = faultOf(error)?.kind === 'missing'
    tools.log.warn('an event of Stripe was not worked off', { events: events.map(({ id }) => id).join(' '), problem })
    const now = nowOf(tools)
    for (const { id, attempts } of events) {
      const waitMs = isMissing ? undefined : retryWaitMs(attempts)
      await updateEvents(
        tools.db,
        [id],
        waitMs === undefined
          ? { state: isMissing ? 'done' : 'given-up', ended_at: now, problem }
          : { next_at: new Date(now.getTime() + waitMs), problem },
      )
    }
  }
}

/** A job: forgets events that Stripe cannot send again. */
export const purgeEvents = (tools: StripeTools): Promise<number> =>
  deleteEventsBefore(tools.db, new Date(tools.clock.nowMs() - keptMs))
