/**
 * The management API, the caller's own account API, and the OpenAPI document of both. Each call is one `operation`: a
 * declaration and a verb; `mount.ts` serves them all alike.
 */
import type { Hono } from 'hono'
import { apiDocument } from './document.ts'
import { serveMetrics } from './metrics.ts'
import { mount } from './mount.ts'
import { operationGroups } from './operations.ts'
import type { ApiOptions } from './options.ts'

export { type Live, openLive } from './live/live.ts'
export { purgeIdempotency } from './idempotency.ts'
export type { ApiFault, ApiOptions, Asker, SignInOptions } from './options.ts'

/** Makes the app that serves the API under /api/v1 and /v1, and the operator's metrics. */
export function openApi(options: ApiOptions): Hono {
  const app = mount(options, operationGroups)
  const document = JSON.stringify(apiDocument(operationGroups))
  app.get('/api/v1/openapi.json', (context) => context.body(document, 200, { 'content-type': 'application/json' }))
  app.get('/metrics', (context) => serveMetrics(options, context))
  return app
}
