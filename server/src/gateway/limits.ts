import { AppError } from '../core/errors.ts'
import type { Caller } from '../accounts/index.ts'
import { rateHeaders, type Refused } from '../limits/index.ts'
import type { Call } from './call.ts'
import type { GatewayContext } from './dependencies.ts'
import type { Served } from './settle.ts'
import { tokensIn, tokensOut } from './usage.ts'

/** What the limits of its caller let a call do. */
export type Gate = {
  /** Sets aside what the call may use of tokens per minute; throws when that is too much. */
  readonly reserveTokens: (call: Pick<Call, 'request' | 'bounds'>) => Promise<void>
  /** The end of the call; what was set aside is corrected to what was used. */
  readonly leave: (tokensUsed: number) => void
}

/**
 * Lets a call in if requests per minute and parallel calls allow it; throws 429 where not. `headers` are told how the
 * limits stand, where the caller has any.
 */
export async function enter(context: GatewayContext, caller: Caller, headers: Record<string, string>): Promise<Gate> {
  const { limiter, clock } = context
  const entered = await limiter.enter(caller)
  if (entered.kind === 'refused') {
    Object.assign(headers, rateHeaders(limiter.standings(caller), clock.nowMs()))
    throw limitError(entered)
  }
  const { pass } = entered
  const tell = () => void Object.assign(headers, rateHeaders(pass.standings(), clock.nowMs()))
  tell()
  return {
    async reserveTokens(call) {
      if (!pass.limitsTokens) return
      const refused = await pass.reserveTokens(boundTokens(call))
      tell()
      if (refused) throw limitError(refused)
    },
    leave: pass.leave,
  }
}

/** The prompt's bound as far as it has a size, and the answer's: the caller's own, else what such answers hardly ever exceed. */
function boundTokens({ request, bounds }: Pick<Call, 'request' | 'bounds'>): number {
  return bounds.promptTokensSized + (request.outputTokensAsked ?? bounds.outputTokensUsual) * request.answers
}

/** What a call used; nothing where it was never served. */
export const tokensOf = (served: Served | undefined): number =>
  served ? tokensIn(served.concluded.units) + tokensOut(served.concluded.units) : 0

const limitNames = {
  requests: 'requests per minute',
  tokens: 'tokens per minute',
  parallel: 'calls at once',
} as const

const sideNames = { key: 'This key', account: 'This account' } as const

function limitError({ bound, retryAfterSeconds }: Refused): AppError {
  const { resource, side, most } = bound
  return new AppError('rate_limit_exceeded', {
    message: `${sideNames[side]} is limited to ${most} ${limitNames[resource]}. Try again in ${retryAfterSeconds} s.`,
    metadata: { limit: resource, of: side, most },
    retryAfterSeconds,
  })
}
