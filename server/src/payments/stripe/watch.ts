import type { Uuid } from '../../core/ids.ts'
import { charge } from './charge.ts'
import { converge, isTold } from './converge.ts'
import { receive } from './inbox.ts'
import { noticeIn } from './notice.ts'
import { heededTypes } from './objects/index.ts'
import { lostAfterMs } from './pay.ts'
import { nextSweepMs } from './schedule.ts'
import { several } from './several.ts'
import { claimSweep, insertSweep, updateSweep } from './store/events.ts'
import { claimPayments, findPayment, firstPaymentAt, hasOpenPayments } from './store/payments.ts'
import { nowOf, type StripeTools } from './tools.ts'

const batchSize = 20

/**
 * A job: looks at payments whose time has come, though no webhook said so, and ends what a process that died had begun.
 * Returns how many.
 */
export async function lookAtPayments(tools: StripeTools): Promise<number> {
  const now = nowOf(tools)
  const lostAt = new Date(now.getTime() + lostAfterMs)
  const due = await claimPayments(tools.db, { livemode: tools.settings.isLive, now, lostAt, limit: batchSize })
  await several(due, async (orderId) => {
    try {
      await look(tools, orderId)
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error)
      tools.log.warn('a payment could not be read at Stripe', { order: orderId, problem })
    }
  })
  return due.length
}

async function look(tools: StripeTools, orderId: Uuid): Promise<void> {
  const row = await findPayment(tools.db, orderId)
  const isUnanswered = row && row.way !== 'page' && row.intent_id === null && row.outcome === null
  await (isUnanswered ? charge(tools, orderId, { isFirst: false }) : converge(tools, orderId))
}

const pageSize = 100
/** Lists may lag behind, and times at Stripe are whole seconds: so much is read twice. */
const overlapMs = 5 * 60_000
const sweepLostMs = 120_000
/** Stripe's list goes back 30 days. */
const listedMs = 30 * 24 * 3_600_000

/** A job: reads Stripe's list of events on from where it was read, for those that no webhook brought. Returns how many were new. */
export async function sweepEvents(tools: StripeTools): Promise<number> {
  const { db, settings, clock } = tools
  const livemode = settings.isLive
  const now = nowOf(tools)
  const first = await firstPaymentAt(db, livemode)
  if (first === undefined) return 0
  await insertSweep(db, { livemode, read_until: first, next_at: now })
  const place = await claimSweep(db, livemode, now, new Date(now.getTime() + sweepLostMs))
  if (!place) return 0
  const since = Math.max(place.read_until.getTime() - overlapMs, now.getTime() - listedMs)
  const { found, newest } = await readList(tools, Math.floor(since / 1_000))
  const waitMs = nextSweepMs({ isTold: isTold(tools), isOpen: await hasOpenPayments(db, livemode) })
  // A clock that is ahead there must not hide what comes later.
  const readUntil = new Date(Math.max(place.read_until.getTime(), Math.min(newest * 1_000, now.getTime())))
  await updateSweep(db, { livemode, read_until: readUntil, next_at: new Date(clock.nowMs() + waitMs) })
  return found
}

async function readList(
  tools: StripeTools,
  since: number,
): Promise<{ readonly found: number; readonly newest: number }> {
  const listed = { created: { gte: since }, types: [...heededTypes], limit: pageSize }
  let [found, newest] = [0, 0]
  for await (const event of tools.stripe.events.list(listed)) {
    newest = Math.max(newest, event.created)
    const heard = noticeIn(event)
    if (heard.kind === 'heard') found += await receive(tools, [heard.notice], 'sweep')
  }
  return { found, newest }
}
