/**
 * What a person or a test can do to the emulator while it runs, at `/_emulator`, where Stripe has nothing: read how it
 * stands, set chaos, jump in time, open and end disputes, have a refund fail, send a webhook again. JSON in and out; the
 * forms of the page at `/` ask the same.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { isObject, parseJson } from '../../server/src/core/json.ts'
import type { Chaos } from './chaos.ts'
import { closeDispute, openDispute } from './objects/disputes.ts'
import { failRefund } from './objects/refunds.ts'
import { sendPage } from './pages/answer.ts'
import { homePage, type ControlTools } from './pages/home.ts'
import { answerJson, bodyOf } from './protocol/exchange.ts'
import { StripeFault } from './protocol/faults.ts'

type Fields = Readonly<Record<string, unknown>>

/** What is done, to be told; a text is what was wrong. */
type Action = (tools: ControlTools, fields: Fields, id: string) => object | string

const jumpMaxMs = 400 * 86_400_000

const actions: Readonly<Record<string, Action>> = {
  chaos: ({ chaos }, fields) => chaos.set(numbersIn(fields)) ?? chaos.now(),
  advance({ timeline }, { ms }) {
    const jump = Number(ms)
    if (!Number.isFinite(jump) || jump < 0 || jump > jumpMaxMs) return 'ms is a number of milliseconds, up to 400 days.'
    timeline.advance(jump)
    return { now: timeline.now() }
  },
  dispute({ world }, { reason }, charge) {
    return openDispute(world, charge, {
      reason: typeof reason === 'string' && reason !== '' ? reason : 'fraudulent',
      networkReasonCode: '10.4',
    })
  },
  'close-dispute'({ world }, { verdict }, dispute) {
    if (verdict !== 'won' && verdict !== 'lost') return 'verdict is won or lost.'
    return closeDispute(world, dispute, verdict)
  },
  'fail-refund': ({ world }, _fields, refund) => failRefund(world, refund),
  resend: ({ courier }, _fields, delivery) =>
    courier.resend(delivery) ? { resent: delivery } : `There is no delivery ${delivery}.`,
}

/** Forms have texts where JSON has numbers. */
const numbersIn = (fields: Fields): Partial<Chaos> =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value === '' ? undefined : Number(value)]))

/** False where the address is not one of the emulator's own. */
export async function answerControl(
  tools: ControlTools,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const { pathname } = new URL(request.url ?? '/', 'http://emulator')
  if (pathname === '/' && request.method === 'GET') {
    sendPage(response, homePage(tools))
    return true
  }
  const [, root, name = '', id = '', ...more] = pathname.split('/')
  if (root !== '_emulator' || more.length > 0) return false
  if (request.method === 'GET' && name === '') answerJson(response, 200, stateOf(tools))
  else if (request.method === 'POST' && Object.hasOwn(actions, name))
    await act(tools, actions[name]!, id, { request, response })
  else
    answerJson(response, 404, {
      error: `There is: GET /_emulator; POST /_emulator/{${Object.keys(actions).join(', ')}}.`,
    })
  return true
}

const stateOf = ({ timeline, chaos, world, courier }: ControlTools) => ({
  now: timeline.now(),
  chaos: chaos.now(),
  webhook_endpoints: world.endpoints.newestFirst(),
  deliveries: courier.deliveries().slice(0, 200),
})

type Exchanged = { readonly request: IncomingMessage; readonly response: ServerResponse }

async function act(tools: ControlTools, action: Action, id: string, { request, response }: Exchanged): Promise<void> {
  const body = (await bodyOf(request)) ?? ''
  // A form of the page at `/`: it is shown again. curl says the same of JSON unless it is told otherwise.
  const saysForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true
  const isForm = saysForm && !body.startsWith('{')
  const given = isForm ? Object.fromEntries(new URLSearchParams(body)) : body === '' ? {} : parseJson(body)
  const done = isObject(given) ? attempt(() => action(tools, given, id)) : 'The body is a JSON object.'
  if (isForm && typeof done !== 'string') sendPage(response, { kind: 'moved', to: '/' })
  else answerJson(response, typeof done === 'string' ? 400 : 200, typeof done === 'string' ? { error: done } : done)
}

function attempt(run: () => object | string): object | string {
  try {
    return run()
  } catch (error) {
    if (error instanceof StripeFault) return error.message
    throw error
  }
}
