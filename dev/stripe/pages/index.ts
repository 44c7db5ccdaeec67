import type { IncomingMessage, ServerResponse } from 'node:http'
import { bodyOf } from '../protocol/exchange.ts'
import type { World } from '../world/world.ts'
import { sendPage } from './answer.ts'
import { challengePage, pressAnswer } from './challenge.ts'
import { invoicePage, invoicePdf, receiptPage } from './documents.ts'
import { missingPage, type PageAnswer } from './page-answer.ts'
import { payPage, pressPay } from './pay.ts'
import { addCardPage, portalPage, pressAdd, pressCard } from './portal.ts'

type Asked = {
  readonly world: World
  readonly id: string
  readonly query: URLSearchParams
  readonly form: URLSearchParams
}

type PageRoute = readonly [method: 'GET' | 'POST', path: RegExp, act: (asked: Asked) => PageAnswer]

const routes: readonly PageRoute[] = [
  ['GET', /^\/c\/pay\/(\w+)$/, ({ world, id, query }) => payPage(world, id, query)],
  ['POST', /^\/c\/pay\/(\w+)$/, ({ world, id, form }) => pressPay(world, id, form)],
  ['GET', /^\/3d-secure\/(\w+)$/, ({ world, id }) => challengePage(world, id)],
  ['POST', /^\/3d-secure\/(\w+)$/, ({ world, id, form }) => pressAnswer(world, id, form)],
  ['GET', /^\/p\/session\/(\w+)$/, ({ world, id }) => portalPage(world, id)],
  ['GET', /^\/p\/session\/(\w+)\/add$/, ({ world, id, query }) => addCardPage(world, id, query)],
  ['POST', /^\/p\/session\/(\w+)\/add$/, ({ world, id, form }) => pressAdd(world, id, form)],
  ['POST', /^\/p\/session\/(\w+)\/remove$/, ({ world, id, form }) => pressCard(world, id, form, 'remove')],
  ['POST', /^\/p\/session\/(\w+)\/default$/, ({ world, id, form }) => pressCard(world, id, form, 'default')],
  ['GET', /^\/i\/(\w+)$/, ({ world, id }) => invoicePage(world, id)],
  ['GET', /^\/i\/(\w+)\/pdf$/, ({ world, id }) => invoicePdf(world, id)],
  ['GET', /^\/receipts\/(\w+)$/, ({ world, id }) => receiptPage(world, id)],
]

/** Who opened a page by another name of this machine stays with that name. */
const staying = (origin: string, host: string, answer: PageAnswer): PageAnswer =>
  answer.kind === 'moved' && answer.to.startsWith(`${origin}/`)
    ? { kind: 'moved', to: `http://${host}${answer.to.slice(origin.length)}` }
    : answer

/** Answers with one of the pages that Stripe hosts. */
export async function answerPage(world: World, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://emulator')
  const method = request.method === 'HEAD' ? 'GET' : request.method
  for (const [wanted, path, act] of routes) {
    const id = path.exec(pathname)?.[1]
    if (wanted !== method || id === undefined) continue
    const body = wanted === 'POST' ? await bodyOf(request) : ''
    const form = new URLSearchParams(body ?? '')
    const done = act({ world, id, query: searchParams, form })
    sendPage(response, staying(world.origin(), request.headers.host!, done))
    return
  }
  sendPage(response, missingPage)
}
