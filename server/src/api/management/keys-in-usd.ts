import { z } from '@hono/zod-openapi'
import { AppError } from '../../core/errors.ts'
import { parseUsd, type NanoUsd } from '../../core/money.ts'
import type { LimitWindow } from '../../credits/index.ts'
import { invalid } from '../faults.ts'

const resets = { daily: 'day', weekly: 'week', monthly: 'month' } as const

/** How OpenRouter's clients give a key its limit: USD as a number, and nothing for what is never reset. */
export const limitInUsd = {
  limit: z
    .number()
    .transform((number, context) => {
      const amount = parseUsd(String(number))
      if (amount !== undefined && amount >= 0n) return amount
      context.addIssue({ code: 'custom', message: 'USD: not negative, at most nine decimals' })
      return z.NEVER
    })
    .nullable()
    .optional()
    .openapi({ type: ['number', 'null'], description: "USD, as OpenRouter's clients give it; else `limit_credits`." }),
  limit_reset: z
    .enum(['daily', 'weekly', 'monthly'])
    .nullable()
    .optional()
    .openapi({ description: "As OpenRouter's clients give it; else `limit_window`." }),
  include_byok_in_limit: z.boolean().optional().openapi({ description: 'Says nothing: every call is charged here.' }),
}

type LimitBody = {
  readonly [name in 'limit' | 'limit_credits']?: NanoUsd | null | undefined
} & {
  readonly limit_reset?: keyof typeof resets | null | undefined
  readonly limit_window?: LimitWindow | undefined
}

/** The limit that a body asks for, by whichever names. */
export function limitAsked(body: LimitBody) {
  for (const [own, other] of [
    ['limit_credits', 'limit'],
    ['limit_window', 'limit_reset'],
  ] as const)
    if (body[own] !== undefined && body[other] !== undefined) throw invalid(`${other}: ${own} says it already`, other)
  const { limit_reset: reset } = body
  return {
    limit: body.limit_credits === undefined ? body.limit : body.limit_credits,
    window: reset === undefined ? body.limit_window : reset === null ? 'total' : resets[reset],
  }
}

type AddBody = LimitBody & { readonly limit_add_credits?: NanoUsd | undefined }

/** The change of a limit that a body asks for; `before` is the limit that the key has. */
export function limitChangeAsked(body: AddBody, before: NanoUsd | undefined) {
  const asked = limitAsked(body)
  if (body.limit_add_credits === undefined) return asked
  if (asked.limit !== undefined) throw invalid('limit_add_credits: the limit is set already', 'limit_add_credits')
  if (before === undefined)
    throw new AppError('conflict', { message: 'The key has no limit to add to.', param: 'limit_add_credits' })
  return { ...asked, limit: { add: body.limit_add_credits } }
}
