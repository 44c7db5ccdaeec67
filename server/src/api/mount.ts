import type { Context } from 'hono'
import { Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { AppError } from '../core/errors.ts'
import { canonicalJson } from '../core/json.ts'
import type { Db } from '../platform/database/index.ts'
import type { Permission } from '../accounts/index.ts'
import { perform } from './audit/perform.ts'
import { admitKey, type Bearer, knownAccountId } from './auth.ts'
import { readBytes, readJsonBody } from './body.ts'
import { fileResponse, fileTypeOf } from './download.ts'
import { type Browser, readBrowser } from './browser.ts'
import { authenticateOf, originOf, secretOf, tellAsker } from './connection.ts'
import { checked, faultAnswer, notFound } from './faults.ts'
import { type Answer, answerOnce, type Once, type OnceAnswer } from './idempotency.ts'
import { eventsAnswer, eventsResponse } from './live/answer.ts'
import { type AnyOperation, permissionOf } from './operation.ts'
import type { Mounted } from './operations.ts'
import type { ApiOptions } from './options.ts'
import { admitSession } from './session.ts'

/** Makes the app that serves operations; anything else is answered 404 or 405 in the error envelope. */
export function mount(api: ApiOptions, groups: readonly Mounted[]): Hono {
  const app = new Hono()
  const methodsOf = new Map<string, string[]>()
  for (const { prefix, operations } of groups) {
    for (const operation of operations) {
      const path = prefix + routePath(operation.path)
      const wanted = { operation, permission: permissionOf(operation), bySession: prefix === '/api/v1' }
      app.on(operation.method.toUpperCase(), path, (context) => serve(api, wanted, context))
      methodsOf.set(path, [...(methodsOf.get(path) ?? []), operation.method.toUpperCase()])
    }
  }
  for (const [path, methods] of methodsOf) app.all(path, (context) => wrongMethod(context, methods.join(', ')))
  app.notFound((context) => faultAnswer(context, notFound('path')))
  app.onError((error, context) => {
    const answer = faultAnswer(context, error)
    if (answer.status >= 500) api.onFault?.({ method: context.req.method, path: context.req.path, error })
    return answer
  })
  return app
}

/** `/models/{+id}` -> `/models/:id{.+}`; `{month}.csv` -> `:month{[^/]+\\.csv}`, from which the ending is taken off again. */
const routePath = (path: string): string =>
  path
    .replaceAll(/\{\+(\w+)\}/g, ':$1{.+}')
    .replace(/\{(\w+)\}\.csv$/, ':$1{[^/]+\\.csv}')
    .replaceAll(/\{(\w+)\}/g, ':$1')

function paramsOf({ path }: AnyOperation, context: Context): Record<string, string> {
  const [, name] = /\{(\w+)\}\.csv$/.exec(path) ?? []
  const params = context.req.param()
  return name === undefined ? params : { ...params, [name]: params[name]!.replace(/\.csv$/, '') }
}

/** An operation, what a member needs for it, and whether sessions are heard at its path. */
type Served = {
  readonly operation: AnyOperation
  readonly permission: Permission | undefined
  readonly bySession: boolean
}

async function serve(api: ApiOptions, served: Served, context: Context): Promise<Response> {
  const { operation } = served
  const browser = readBrowser(context, api.publicUrl, originOf(api, context))
  const bearer = await admit(api, served, { context, browser })
  if (bearer.session) tellAsker(api, context, { account: knownAccountId(bearer), person: bearer.session.person.id })
  const params = operation.params ? checked(operation.params, paramsOf(operation, context)) : {}
  const query = queryOf(operation, context)
  const given = operation.body ? await readJsonBody(context) : {}
  const body = operation.body ? checked(operation.body, given) : {}
  const header = (name: string) => context.req.header(name)
  const raw = operation.takesRaw ? { bytes: await readBytes(context.req.raw), header } : undefined
  if (operation.answer === eventsAnswer) {
    const admitAgain = () => admit(api, served, { context, browser })
    const following = { admitAgain, lastEventId: context.req.header('last-event-id') }
    const { db } = api.database
    if (context.req.method === 'HEAD') return eventsResponse(null)
    const stream = await operation.run({ api, db, bearer, browser, params, query, following } as never)
    return eventsResponse(stream as ReadableStream<Uint8Array>)
  }
  if (fileTypeOf(operation.answer) !== undefined) {
    const { db } = api.database
    return fileResponse(operation.answer, await operation.run({ api, db, bearer, browser, params, query } as never))
  }
  if (operation.answersItself) {
    const { db } = api.database
    return (await operation.run({ api, db, bearer, browser, params, query, body, raw } as never)) as Response
  }
  const idempotencyKey =
    operation.method === 'post' && !operation.unrepeatable ? context.req.header('idempotency-key') : undefined
  const work = async (db: Db): Promise<Answer> => {
    const request = { api, db, bearer, browser, params, query, body, raw, idempotencyKey }
    const answer = await perform(operation, request)
    return { status: operation.status ?? 200, body: JSON.stringify(answer) }
  }
  const done = await doOnce(api, work, {
    scope: scopeOf(bearer, context),
    key: operation.onceByItself ? undefined : idempotencyKey,
    request: canonicalJson(given),
    readsOnly: operation.readsOnly ?? false,
  })
  if (done.status === 302) return context.redirect((JSON.parse(done.body) as { location: string }).location)
  if (done.replayed) context.header('idempotent-replayed', 'true')
  else if (operation.changes === 'catalog') await readAnew(api, context)
  return context.body(done.body, done.status as ContentfulStatusCode, answerHeaders)
}

/** Whose request it is: repetitions are known by it. Whoever signs in is nobody yet, and repeats nothing. */
function scopeOf(bearer: Bearer, { req }: Context): string | undefined {
  const whose = [knownAccountId(bearer), bearer.session?.person.id].filter((id) => id !== undefined)
  return whose.length === 0 ? undefined : `${whose.join(' ')} ${req.method} ${req.path}`
}

const answerHeaders = { 'content-type': 'application/json', 'cache-control': 'no-store' }

/** What was done stays done when it cannot be read just now: notifications and checks bring it later. */
const readAnew = (api: ApiOptions, { req }: Context): Promise<void> =>
  api.catalog.refresh().catch((error: unknown) => api.onFault?.({ method: req.method, path: req.path, error }))

type Repeatable = Omit<Once, 'work' | 'scope' | 'key'> & Record<'scope' | 'key', string | undefined>

async function doOnce(api: ApiOptions, work: Once['work'], { scope, key, ...rest }: Repeatable): Promise<OnceAnswer> {
  const { secrets, clock } = api
  const { db } = api.database
  if (scope === undefined || key === undefined) return { ...(await work(db)), replayed: false }
  return answerOnce({ db, secrets, clock }, { scope, key, work, ...rest })
}

/** A request that carries a key is judged by the key alone. */
async function admit(
  api: ApiOptions,
  { operation: { allowed }, permission, bySession }: Served,
  { context, browser }: { readonly context: Context; readonly browser: Browser },
): Promise<Bearer> {
  if (allowed === 'anyone') return { role: 'nobody' }
  const { secrets, clock } = api
  const { db } = api.database
  const { req } = context
  const secret = secretOf(context)
  const wanted = { allowed, permission }
  if (secret === undefined && bySession) {
    const request = {
      browser,
      reads: req.method === 'GET' || req.method === 'HEAD',
      csrfToken: req.header('x-csrf-token'),
      account: req.header('x-redpill-account'),
      queried: req.query('account_id') ?? accountInPath(req.path),
    }
    const bearer = await admitSession({ secrets, clock, db }, request, wanted)
    if (bearer) return bearer
  }
  if (secret === undefined && allowed === 'anyone-known') return { role: 'nobody' }
  return admitKey(authenticateOf(api, context), { secret, address: browser.address }, wanted)
}

/** The account that a path is about: links, such as those to files, name it nowhere else. */
const accountInPath = (path: string): string | undefined => /\/accounts\/([\da-f-]{36})(?:\/|$)/.exec(path)?.[1]

function queryOf(operation: AnyOperation, context: Context): Record<string, unknown> {
  const given = context.req.queries()
  const repeated = Object.keys(given).find((name) => given[name]!.length > 1)
  if (repeated !== undefined) {
    throw new AppError('invalid_request', { message: `${repeated}: give it once.`, param: repeated })
  }
  // No text of the database can hold one, so nothing can be found by it.
  const hollow = Object.keys(given).find((name) => given[name]!.some((value) => value.includes('\0')))
  if (hollow !== undefined) {
    throw new AppError('invalid_request', { message: `${hollow}: must not have NUL characters.`, param: hollow })
  }
  return operation.query ? checked(operation.query, context.req.query()) : {}
}

function wrongMethod(context: Context, methods: string): Response {
  context.header('allow', methods)
  const { method } = context.req
  return faultAnswer(
    context,
    new AppError('method_not_allowed', { message: `${method} is not possible here, but ${methods}.` }),
  )
}
