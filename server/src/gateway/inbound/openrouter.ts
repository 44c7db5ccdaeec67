/** OpenRouter's paths, for its own client: what is at `/v1` is at `/api/v1` too, with errors as that client reads them. */
import { errorEnvelope, type AppError } from '../../core/errors.ts'
import type { InboundApi } from './types.ts'

export const atOpenRouter = <Api extends InboundApi>(apis: Readonly<Record<string, Api>>): Record<string, Api> =>
  Object.fromEntries(
    Object.entries(apis)
      .filter(([path]) => path.startsWith('/v1/'))
      .map(([path, api]) => [`/api${path}`, api.writeError === errorEnvelope ? { ...api, writeError } : api]),
  )

/** The code is the status there; ours is under `metadata`, with the facts. */
function writeError(error: AppError) {
  const { code, metadata, ...said } = errorEnvelope(error).error
  return { error: { ...said, code: error.status, metadata: { error_code: code, ...metadata } } }
}
