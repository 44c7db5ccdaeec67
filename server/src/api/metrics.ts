import type { Context } from 'hono'
import { admitKey } from './auth.ts'
import { authenticateOf, originOf, secretOf } from './connection.ts'
import type { ApiOptions } from './options.ts'

/**
 * Figures for Prometheus, and who may read them besides the operator: whoever reaches the server, or whoever connects from
 * its own machine.
 */
export type MetricsOptions = {
  readonly text: () => Promise<string>
  readonly access: 'operator' | 'local' | 'open'
}

const loopback = /^(?:127\.\d+\.\d+\.\d+|::1)$/

/** Answers with the figures. They tell what all accounts together use and pay, by model, so they are the operator's. */
export async function serveMetrics(api: ApiOptions, context: Context): Promise<Response> {
  const { text, access } = api.metrics
  const { address } = originOf(api, context)
  const isFree = access === 'open' || (access === 'local' && address !== undefined && loopback.test(address))
  if (!isFree) {
    const wanted = { allowed: 'operator', permission: undefined } as const
    await admitKey(authenticateOf(api, context), { secret: secretOf(context), address }, wanted)
  }
  return context.body(await text(), 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
}
