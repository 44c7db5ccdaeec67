import { AppError } from '../core/errors.ts'
import { parseExactJson } from '../core/exact-json.ts'
import { isObject, type JsonValue } from '../core/json.ts'
import { type Caller, mayCallFrom } from '../accounts/index.ts'
import type { Exchange } from '../platform/http/index.ts'
import { readCallRequest, type CallRequest } from './call-request.ts'
import type { GatewayContext } from './dependencies.ts'
import type { InboundApi, StoredBefore } from './inbound/index.ts'
import { mayStore } from './key-policy.ts'
import { conversationUpTo } from './stored-responses/index.ts'

/** Tells who calls, or why nobody may. */
export async function admit(context: GatewayContext, exchange: Exchange): Promise<Caller> {
  const result = await context.authenticate(bearerOf(exchange), exchange.remoteAddress)
  if (result.kind === 'slow-down') throw slowDown(result)
  if (result.kind === 'refused') throw new AppError('invalid_api_key', { message: keyProblems[result.reason] })
  const { caller } = result
  if (caller.key.kind === 'management') {
    throw new AppError('not_allowed', {
      message: 'This is a management key. Call models with an inference key (sk-rp-...).',
    })
  }
  if (!mayCallFrom(caller.key.policy, exchange.remoteAddress))
    throw new AppError('not_allowed', { message: `This key may not be used from ${exchange.remoteAddress}.` })
  if (caller.accountFrozen)
    throw new AppError('account_frozen', { message: 'This account is frozen. Ask its operator.' })
  return caller
}

const slowDown = ({ retryAfterSeconds }: { readonly retryAfterSeconds: number }) =>
  new AppError('rate_limit_exceeded', {
    message: 'Too many keys that do not exist came from your address. Try again later.',
    metadata: { limit: 'wrong_keys', of: 'address' },
    retryAfterSeconds,
  })

const keyProblems = {
  missing: "No API key was given. Send it as 'Authorization: Bearer sk-rp-...'.",
  malformed: 'This is not a RedPill API key. One looks like sk-rp-... and may have been cut or mistyped.',
  unknown: 'This API key is not valid.',
  disabled: 'This API key is disabled.',
  expired: 'This API key has expired.',
  rotated: 'This API key was replaced by a newer one.',
} as const

function bearerOf(exchange: Exchange): string | undefined {
  const authorization = exchange.header('authorization')
  if (authorization === undefined) return exchange.header('x-api-key')
  const match = /^Bearer +(\S+) *$/i.exec(authorization)
  return match?.[1] ?? authorization
}

/** Reads and checks the body. */
export async function readRequest(
  context: GatewayContext,
  api: InboundApi,
  exchange: Exchange,
  caller: Caller,
): Promise<CallRequest> {
  const body = await exchange.readBody(context.bodyBytesMax)
  if (body.kind === 'aborted') throw new AppError('caller_aborted', { message: 'The caller closed the connection.' })
  if (body.kind === 'too-large') {
    const limit = `${Math.floor(context.bodyBytesMax / 1_048_576)} MiB`
    throw new AppError('request_too_large', {
      message: `The request body is larger than ${limit} (REDPILL_BODY_MAX_MIB).`,
    })
  }
  const parsed = parseExactJson(body.bytes.toString('utf8'))
  const stored =
    api.previousOf && mayStore(context, caller) ? await storedBefore(context, api, caller, parsed.value) : undefined
  const read = readCallRequest(api, parsed, stored)
  if (read.kind === 'read') {
    const { request } = read
    const ofHeaders = api.warnOfHeaders?.(exchange.header) ?? []
    return ofHeaders.length > 0 ? { ...request, warnings: [...request.warnings, ...ofHeaders] } : request
  }
  throw new AppError(
    'invalid_request',
    read.param === undefined ? { message: read.message } : { message: read.message, param: read.param },
  )
}

/** The conversation that a request goes on from. */
async function storedBefore(
  context: GatewayContext,
  { previousOf }: InboundApi,
  caller: Caller,
  asked: JsonValue | undefined,
): Promise<StoredBefore> {
  const previous = isObject(asked) ? previousOf?.(asked) : undefined
  return { items: previous === undefined ? [] : await conversationUpTo(context, caller, previous) }
}

/** The request id under the name by which an API's clients know it, where that is not the usual one. */
export const requestIdHeader = (
  { requestIdHeader: name }: Pick<InboundApi, 'requestIdHeader'>,
  { requestId }: Pick<Exchange, 'requestId'>,
): Record<string, string> => (name === undefined ? {} : { [name]: requestId })

/** The same exchange, with headers that every answer of this call carries. */
export function withHeaders(exchange: Exchange, headers: Readonly<Record<string, string>>): Exchange {
  return { ...exchange, send: (status, own, body) => exchange.send(status, { ...own, ...headers }, body) }
}

/** A fault that nobody expected is logged with its stack, and told without it. */
export function asAppError(
  context: GatewayContext,
  thrown: unknown,
  about: Readonly<Record<string, string>>,
): AppError {
  if (thrown instanceof AppError) return thrown
  context.log.error('fault', {
    ...about,
    error: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown),
  })
  return new AppError('internal_error', {
    message: 'Something went wrong here. The request id tells the operator where.',
    cause: thrown,
  })
}

/** Answers with the error in the caller's own form, unless an answer has begun. */
export function sendError(
  api: InboundApi,
  exchange: Exchange,
  error: AppError,
  headers: Readonly<Record<string, string>>,
): void {
  const retry = error.retryAfterSeconds === undefined ? {} : { 'retry-after': error.retryAfterSeconds }
  // OpenAI's and Anthropic's clients try again after every 409, unless they are told that it is of no use.
  const final = error.code === 'idempotency_conflict' ? { 'x-should-retry': 'false' } : {}
  exchange.send(
    error.status,
    { 'content-type': 'application/json', ...headers, ...retry, ...final },
    JSON.stringify(api.writeError(error, { requestId: exchange.requestId })),
  )
}
