import { equal } from 'node:assert/strict'
import type { Uuid } from '../../core/ids.ts'
import { openSession, type SignInTools } from '../../accounts/index.ts'
import { type Ask, readReply, type Reply } from './reply.ts'

/** A browser at the console: keeps cookies, and sends what a page of its own origin would. */
export type TestBrowser = {
  readonly ask: (method: string, path: string, ask?: Ask) => Promise<Reply>
  /** Reads `GET /api/v1/session` and goes on with its CSRF token. */
  readonly enter: () => Promise<Reply>
  readonly cookies: Map<string, string>
  readonly csrf: () => string | undefined
}

export type BrowserOptions = { readonly origin?: string; readonly device?: string; readonly account?: Uuid }

type Serve = (request: Request) => Response | Promise<Response>

export function openBrowser(serve: Serve, options: BrowserOptions = {}): TestBrowser {
  const { origin = 'http://localhost:8787', device = 'A test', account } = options
  const cookies = new Map<string, string>()
  let csrf: string | undefined

  async function ask(method: string, path: string, { body, raw, headers = {} }: Ask = {}): Promise<Reply> {
    const text = raw ?? (body === undefined ? undefined : JSON.stringify(body))
    const request = new Request(origin + path, {
      method,
      headers: {
        ...{ host: new URL(origin).host, 'user-agent': device, 'sec-fetch-site': 'same-origin' },
        ...(method !== 'GET' && { origin }),
        ...(cookies.size > 0 && { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') }),
        ...(csrf !== undefined && method !== 'GET' && { 'x-csrf-token': csrf }),
        ...(account !== undefined && { 'x-redpill-account': account }),
        ...(text !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(text !== undefined && { body: text }),
    })
    const response = await serve(request)
    for (const line of response.headers.getSetCookie()) keep(cookies, line)
    return readReply(method, path, response)
  }

  return {
    ask,
    async enter() {
      const reply = await ask('GET', '/api/v1/session')
      equal(reply.status, 200, JSON.stringify(reply.body))
      csrf = reply.textAt('data.csrf_token')
      return reply
    },
    cookies,
    csrf: () => csrf,
  }
}

function keep(cookies: Map<string, string>, line: string): void {
  const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
  if (/; Max-Age=0\b/i.test(line)) cookies.delete(name)
  else cookies.set(name, value)
}

/** A browser in which somebody is signed in already. */
export async function openSignedIn(serve: Serve, tools: SignInTools, personId: Uuid, options: BrowserOptions = {}) {
  const browser = openBrowser(serve, options)
  const device = { device: options.device ?? 'A test', address: undefined, token: undefined }
  const token = await openSession(tools, personId, { method: 'link', ...device })
  const isSecure = options.origin?.startsWith('https:') ?? false
  browser.cookies.set(isSecure ? '__Host-redpill_session' : 'redpill_session', token)
  await browser.enter()
  return browser
}
