import type { IncomingMessage, ServerResponse } from 'node:http'
import { bodyOf } from '../protocol/exchange.ts'
import type { World } from '../world/world.ts'
import { sendPage } from './answer.ts'
import { challengePage, pressAnswer } from './challenge.ts'
import { notice } from './layout.ts'
import { payPage, pressPay, type PageAnswer } from './pay.ts'

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
]

/** The pages that Stripe hosts; false where there is none at that address. */
export async function answerPage(world: World, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://emulator')
  const method = request.method === 'HEAD' ? 'GET' : request.method
  for (const [wanted, path, act] of routes) {
    const id = path.exec(pathname)?.[1]
    if (wanted !== method || id === undefined) continue
    const body = wanted === 'POST' ? await bodyOf(request) : ''
    const form = new URLSearchParams(body ?? '')
    sendPage(response, act({ world, id, query: searchParams, form }))
    return true
  }
  return false
}

export const noPage: PageAnswer = {
  kind: 'page',
  status: 404,
  page: notice('This page does not exist', 'There is nothing at this address.'),
}
