import type { Clock } from '../core/clock.ts'
import type { Uuid } from '../core/ids.ts'
import type { Db } from '../platform/database/index.ts'
import { postGuarded, type PostOutcome, type ResolveName } from '../platform/guard/index.ts'
import type { Secrets } from '../platform/secrets.ts'
import { changeWebhook } from './webhooks.ts'
import { signHeaders } from './signature.ts'
import { claimDue, updateDelivery, type DueDelivery } from './store.ts'

export type DeliverTools = {
  readonly clock: Pick<Clock, 'nowMs'>
  readonly secrets: Pick<Secrets, 'open'>
  /** Names are resolved with this instead of the system's resolver. */
  readonly resolve?: ResolveName
}

const batchSize = 10
const postTimeoutMs = 10_000
/** Above any attempt's time: whoever has not noted an outcome by then is gone. */
const lostAfterMs = 60_000

const secondMs = 1_000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs

/** What is waited after each attempt that failed; after the last one the delivery is given up, some 28 hours later. */
const waitsMs = [
  5 * secondMs,
  30 * secondMs,
  5 * minuteMs,
  30 * minuteMs,
  2 * hourMs,
  5 * hourMs,
  10 * hourMs,
  10 * hourMs,
]

/**
 * A job: sends what is due, each delivery by one process at a time. One whose process dies is sent again a minute later,
 * under the same `webhook-id`. Returns how many attempts were made.
 */
export async function deliverDue(db: Db, tools: DeliverTools): Promise<number> {
  const nowMs = tools.clock.nowMs()
  const due = await claimDue(db, new Date(nowMs), new Date(nowMs + lostAfterMs), batchSize)
  await Promise.all(due.map((delivery) => attempt(db, delivery, tools)))
  return due.length
}

async function attempt(db: Db, delivery: DueDelivery, { clock, secrets, resolve }: DeliverTools): Promise<void> {
  const { id, type, data, at, url, attempts } = delivery
  const body = JSON.stringify({ type, timestamp: at.toISOString(), data })
  const secret = openSecret(secrets, delivery.secret_sealed)
  const outcome: PostOutcome =
    secret === undefined
      ? { kind: 'failed', why: 'its secret was sealed under another server secret: make the webhook anew' }
      : await postGuarded({
          ...{ url, body, allowPrivate: delivery.allow_private, timeoutMs: postTimeoutMs },
          headers: {
            'content-type': 'application/json',
            'user-agent': 'redpill-webhooks',
            ...signHeaders(secret, id, clock.nowMs(), body),
          },
          ...(resolve && { resolve }),
        })
  await note(db, { id, webhookId: delivery.webhook_id, attempts }, outcome, clock.nowMs())
}

function openSecret(secrets: Pick<Secrets, 'open'>, sealed: string): string | undefined {
  try {
    return secrets.open(sealed)
  } catch {
    return undefined
  }
}

async function note(
  db: Db,
  { id, webhookId, attempts }: { readonly id: Uuid; readonly webhookId: Uuid; readonly attempts: number },
  outcome: PostOutcome,
  nowMs: number,
): Promise<void> {
  const now = new Date(nowMs)
  const answerStatus = outcome.kind === 'answered' ? outcome.status : null
  if (outcome.kind === 'answered' && outcome.status >= 200 && outcome.status < 300) {
    await updateDelivery(db, id, { status: 'delivered', answer_status: answerStatus, problem: null, ended_at: now })
    return
  }
  const problem = outcome.kind === 'answered' ? `answered with status ${outcome.status}` : outcome.why
  const waitMs = waitsMs[attempts - 1]
  const isGone = answerStatus === 410
  await updateDelivery(db, id, {
    ...{ answer_status: answerStatus, problem },
    ...(waitMs === undefined || isGone
      ? { status: 'failed' as const, ended_at: now }
      : { next_at: new Date(nowMs + waitMs) }),
  })
  // The standard's word for "do not come again".
  if (isGone) await changeWebhook(db, webhookId, { disabled: true }, now)
}
