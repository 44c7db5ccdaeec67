import type { IncomingMessage, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { AppError, errorEnvelope } from './core/errors.ts'
import { countApis, inboundApis, type Gateway } from './gateway/index.ts'
import type { Exchange } from './platform/http/index.ts'
import type { Site } from './site/index.ts'

export type AppOptions = {
  readonly gateway: Gateway
  readonly api: Hono
  /** The console, where there is one. */
  readonly site: Site | undefined
  /** Whether calls can be served now; the sentence says why not. */
  readonly ready: () => Promise<{ readonly ok: boolean; readonly why?: string }>
}

export type App = {
  /** Paths whose POST goes to the gateway, past every framework. */
  readonly hotRoutes: Readonly<Record<string, (exchange: Exchange) => void>>
  readonly fallback: (request: IncomingMessage, response: ServerResponse) => void
}

/** Mounts every route of the server. */
export function mountApp(options: AppOptions): App {
  const { gateway } = options
  const hotRoutes = {
    ...mapValues(inboundApis, (api) => (exchange: Exchange) => void gateway.serve(api, exchange)),
    ...mapValues(countApis, (api) => (exchange: Exchange) => void gateway.count(api, exchange)),
  }
  const app = new Hono()
  mountHealth(app, options)
  for (const path of Object.keys(hotRoutes))
    app.all(path, (context) => context.json(wrongMethod(), 405, { allow: 'POST' }))
  app.route('/', options.api)
  mountResponsePaths(app)
  app.notFound(({ req, json }) => {
    const page = notThePages.test(req.path) ? undefined : options.site?.(req.raw)
    const message = `There is nothing at ${req.path}.`
    return page ?? json(errorEnvelope(new AppError('not_found', { message })), 404)
  })
  const listener = getRequestListener(app.fetch, { errorHandler: answerToFault })
  return { hotRoutes, fallback: (request, response) => void listener(request, response) }
}

/** Where programs ask, not people: a page never answers there. */
const notThePages = /^\/(v1|api|healthz|readyz|metrics)(\/|$)/

/** What never became a request of the framework: a host or a target that is no URL. The app answers its own faults. */
function answerToFault(): Response {
  const error = new AppError('invalid_request', { message: 'The Host header and the path do not make a URL.' })
  return Response.json(errorEnvelope(error), { status: error.status })
}

/** What else OpenAI has at the paths of responses. */
function mountResponsePaths(app: Hono): void {
  const message =
    'Stored responses are at GET and DELETE /v1/responses/{id} and GET /v1/responses/{id}/input_items; there is no more to them here.'
  for (const path of ['/responses/:id', '/responses/:id/*'].flatMap((each) => [`/v1${each}`, `/api/v1${each}`]))
    app.all(path, (context) => context.json(errorEnvelope(new AppError('not_found', { message })), 404))
}

const wrongMethod = () => errorEnvelope(new AppError('method_not_allowed', { message: 'Use POST here.' }))

const mapValues = <From, To>(record: Readonly<Record<string, From>>, make: (value: From) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, make(value)]))

function mountHealth(app: Hono, { ready }: AppOptions): void {
  app.get('/healthz', (context) => context.json({ ok: true }))
  app.get('/readyz', async (context) => {
    const state = await ready()
    return context.json(state, state.ok ? 200 : 503)
  })
}
