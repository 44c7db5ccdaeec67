import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { z } from '@hono/zod-openapi'
import { AppError, errorEnvelope } from '../core/errors.ts'

/** Parses what a caller sent, or throws `invalid_request` that names the field at fault. */
export function checked<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw invalidRequest(parsed.error.issues)
}

type Issue = Pick<z.core.$ZodIssue, 'code' | 'path' | 'message'> & { readonly keys?: readonly string[] }

function invalidRequest(issues: readonly Issue[]): AppError {
  const [first, ...others] = issues.map(findingOf)
  const message = [first, ...others].map((finding) => finding?.message).join('; ')
  return invalid(message, first?.param)
}

function findingOf(issue: Issue): { message: string; param: string | undefined } {
  const place = issue.path.map(String)
  if (issue.code === 'unrecognized_keys') {
    const names = (issue.keys ?? []).map((key) => [...place, key].join('.'))
    return { message: `unknown field ${names.join(', ')}`, param: names[0] }
  }
  const param = place.join('.')
  return param === '' ? { message: issue.message, param: undefined } : { message: `${param}: ${issue.message}`, param }
}

/** A request that can never succeed as it is. */
export const invalid = (message: string, param?: string): AppError =>
  new AppError('invalid_request', param === undefined ? { message } : { message, param })

/** Something that is not there, or not the caller's: the two look alike, so ids of others cannot be probed. */
export const notFound = (what: string, param?: string): AppError =>
  new AppError('not_found', { message: `There is no such ${what}.`, ...(param !== undefined && { param }) })

/** Turns whatever was thrown into OpenAI's error envelope; what is not an `AppError` stays unsaid. */
export function faultAnswer(context: Context, thrown: unknown): Response {
  const error = asAppError(thrown)
  if (error.retryAfterSeconds !== undefined) context.header('retry-after', String(error.retryAfterSeconds))
  if (error.status === 401) context.header('www-authenticate', 'Bearer')
  return context.json(errorEnvelope(error), error.status as ContentfulStatusCode)
}

function asAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown
  return isDatabaseAway(thrown)
    ? new AppError('ledger_unavailable', { message: 'The database cannot be reached just now.', cause: thrown })
    : new AppError('internal_error', { message: 'Something went wrong on our side.', cause: thrown })
}

/** What the system says of a socket, and the classes of SQLSTATE (connection, resources, shutdown) that soon pass. */
const awayCodes = /^(?:ECONNREFUSED|ECONNRESET|ENOENT|EPIPE|ETIMEDOUT|(?:08|53|57)[0-9A-Z]{3})$/
/** What `pg` throws without a code. */
const awayMessages = /timeout exceeded when trying to connect|Connection terminated/

const isDatabaseAway = (thrown: unknown): boolean =>
  thrown instanceof Error &&
  (('code' in thrown && awayCodes.test(String(thrown.code))) || awayMessages.test(thrown.message))
