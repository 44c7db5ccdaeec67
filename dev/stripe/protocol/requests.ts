/** Requests of the API as https://docs.stripe.com/api describes them: who may ask, what is repeated, what goes wrong. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { expanderOf, routes } from '../api/index.ts'
import { findRoute } from '../api/route.ts'
import type { ChaosSwitches } from '../chaos.ts'
import { apiVersion, type World } from '../world/world.ts'
import { answerJson, bodyOf } from './exchange.ts'
import { expand } from './expand.ts'
import { faultBody, invalid, StripeFault, unauthorized } from './faults.ts'
import { decodeForm } from './form.ts'
import type { Answer, IdempotencyKeys } from './idempotency.ts'

export type ApiTools = {
  readonly world: World
  readonly chaos: ChaosSwitches
  readonly keys: IdempotencyKeys
  readonly secretKey: string
}

type Asked = {
  readonly requestId: string
  readonly method: string
  readonly path: string
  /** Body or query as it came: what has to be equal for a repetition. */
  readonly params: string
  readonly idempotencyKey: string | null
}

type Reply = Answer & { readonly isReplay?: boolean; readonly isLost?: boolean }

export async function answerApi(tools: ApiTools, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const requestId = tools.world.makeId('req', 14)
  const reply = await replyTo(tools, request, requestId).catch((error: unknown) => refused(error, requestId))
  if (reply.isLost === true) {
    response.destroy()
    return
  }
  const key = request.headers['idempotency-key']
  answerJson(response, reply.status, reply.body, {
    'request-id': requestId,
    'stripe-version': apiVersion,
    ...(key !== undefined && { 'idempotency-key': key, 'original-request': reply.requestId }),
    ...(reply.isReplay === true && { 'idempotent-replayed': 'true' }),
  })
}

async function replyTo(tools: ApiTools, request: IncomingMessage, requestId: string): Promise<Reply> {
  const body = await bodyOf(request)
  checkKey(request, tools.secretKey)
  checkVersion(request)
  checkAccount(request)
  if (body === undefined) throw invalid('The body of this request is too long.')
  const { pathname, search } = new URL(request.url ?? '/', 'http://emulator')
  const method = request.method ?? 'GET'
  const key = method === 'POST' ? request.headers['idempotency-key'] : undefined
  return once(tools, {
    requestId,
    method,
    path: pathname,
    params: method === 'POST' ? body : search.slice(1),
    idempotencyKey: typeof key === 'string' ? key : null,
  })
}

/** Does what is asked, unless its key tells that it was done already. */
async function once({ world, chaos, keys }: ApiTools, asked: Asked): Promise<Reply> {
  const { idempotencyKey: key } = asked
  const claim = key === null ? null : keys.claim(key, asked.path, asked.params)
  if (claim?.kind === 'again') return { ...claim.answer, isReplay: true, isLost: chaos.happens('lose_answer') }
  let answer: Answer | undefined
  try {
    await strike(world, chaos)
    answer = perform(world, asked)
  } finally {
    // Nothing is kept of what never began: an unknown address, wrong parameters, trouble on this side.
    if (key !== null && claim?.kind === 'first') {
      if (answer) keys.keep(claim.use, answer)
      else keys.release(key)
    }
  }
  return { ...answer, isLost: chaos.happens('lose_answer') }
}

/** What may happen before anything is done. */
async function strike({ timeline }: World, chaos: ChaosSwitches): Promise<void> {
  const { latency_ms: latencyMs } = chaos.now()
  if (latencyMs > 0) await new Promise<void>((resolve) => timeline.after(latencyMs, resolve))
  if (chaos.happens('rate_limit'))
    throw new StripeFault(429, 'invalid_request_error', 'Request rate limit exceeded.', { code: 'rate_limit' })
  if (chaos.happens('fail_before'))
    throw new StripeFault(500, 'api_error', 'Sorry! There was an error on our side; nothing was done. Try again.')
}

/** The answer of an operation, be it a refusal; throws where none has begun. */
function perform(world: World, { method, path, params, requestId, idempotencyKey }: Asked): Answer {
  const found = findRoute(routes, method, path)
  if (!found)
    throw new StripeFault(
      404,
      'invalid_request_error',
      `Unrecognized request URL (${method}: ${path}). The emulator knows what RedPill uses.`,
    )
  const decoded = decodeForm(params)
  if (decoded.kind === 'malformed') throw invalid(decoded.why)
  const { expand: paths = [], ...tree } = decoded.tree
  if (!Array.isArray(paths) || !paths.every((each) => typeof each === 'string'))
    throw invalid('Invalid array', { param: 'expand' })
  const act = found.route.begin(world, { tree: tree, id: found.id, path })
  const request = { id: requestId, idempotency_key: idempotencyKey }
  try {
    const done = world.during(request, act)
    return { status: 200, body: JSON.stringify(expand(done, paths, expanderOf(world)), null, 2), requestId }
  } catch (error) {
    if (error instanceof StripeFault && error.status < 500) return refused(error, requestId)
    throw error
  }
}

function refused(error: unknown, requestId: string): Reply {
  const fault = error instanceof StripeFault ? error : ourOwn(error)
  return { status: fault.status, body: JSON.stringify(faultBody(fault), null, 2), requestId }
}

/** A fault of the emulator is told where its user looks first. */
function ourOwn(error: unknown): StripeFault {
  const words = error instanceof Error ? (error.stack ?? error.message) : String(error)
  console.error(words)
  return new StripeFault(500, 'api_error', `The emulator has a fault: ${words}`)
}

function checkKey({ headers: { authorization = '' } }: IncomingMessage, secretKey: string): void {
  const [scheme = '', rest = ''] = authorization.split(' ', 2)
  const isBasic = scheme.toLowerCase() === 'basic'
  const key = isBasic
    ? Buffer.from(rest, 'base64').toString().split(':')[0]!
    : scheme.toLowerCase() === 'bearer'
      ? rest
      : ''
  if (key === '')
    throw unauthorized(
      "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
    )
  if (/^[sr]k_live_/.test(key))
    throw unauthorized(
      'This is the Stripe emulator of RedPill: a live key has no business here, and nothing was done with it.',
    )
  if (key.startsWith('pk_'))
    throw new StripeFault(
      403,
      'invalid_request_error',
      'This API call cannot be made with a publishable API key. Please use a secret API key.',
      {
        code: 'secret_key_required',
      },
    )
  if (key !== secretKey) throw unauthorized(`Invalid API Key provided: ${hidden(key)}`)
}

const hidden = (key: string): string =>
  `${key.slice(0, 8)}${'*'.repeat(Math.max(0, Math.min(key.length, 30) - 12))}${key.slice(-4)}`

function checkAccount({ headers }: IncomingMessage): void {
  const account = headers['stripe-account']
  if (account === undefined) return
  throw new StripeFault(
    403,
    'invalid_request_error',
    `The provided key does not have access to account '${String(account)}' (the emulator has one account, and no Connect).`,
    { code: 'account_invalid' },
  )
}

function checkVersion({ headers }: IncomingMessage): void {
  const version = headers['stripe-version']
  if (version === undefined || version === apiVersion) return
  throw invalid(
    `Invalid Stripe API version: ${String(version)}. The emulator speaks ${apiVersion}, the version of the SDK that it was written for.`,
  )
}
