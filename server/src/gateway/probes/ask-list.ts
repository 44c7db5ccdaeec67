import { listUpstreamModels } from '../../providers/index.ts'
import type { Found, ListProbe, ProberOptions } from './types.ts'

const timeoutMs = 5_000

/**
 * A list shows that the provider is there and takes our key, which is less than an answer: it closes nothing, the next
 * caller is let through. Only silence, a broken connection or 5xx speak against the offers: a key that may call may still
 * not be allowed to list.
 */
export async function askList(
  { clock, health, catalog }: ProberOptions,
  { providerId, offers }: ListProbe,
): Promise<Found | undefined> {
  const settings = catalog.providerSettings(providerId)
  if (!settings) return undefined
  const questions = offers.flatMap(({ id }) => health.recordOf(id).ask(clock.monotonicMs()) ?? [])
  let isDown = false
  try {
    const list = await listUpstreamModels(settings, { clock, timeoutMs })
    if (list.kind === 'ok') return { outcome: 'answered', fields: { offers: questions.length } }
    isDown = list.isDown
    return { outcome: isDown ? 'failed' : 'unclear', fields: { offers: questions.length, why: list.why } }
  } finally {
    for (const question of questions) question.leave(isDown, clock.monotonicMs())
  }
}
