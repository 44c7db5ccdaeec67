import { isObject, parseJson, type JsonObject } from '../../core/json.ts'
import { checkBaseUrl, type ResolveName } from '../../platform/guard/index.ts'
import { sendDecoded } from '../content-encoding.ts'
import { openTransport, type TransportCall } from '../transport.ts'

export type ExchangeOptions = {
  /** Whether loopback and private addresses may be called, and then without encryption. */
  readonly allowPrivate: boolean
  readonly resolve?: ResolveName | undefined
}

export type Token = { readonly token: string; readonly lifetimeSeconds: number }

const timeoutMs = 10_000
const bytesMax = 65_536

/** Exchanges a grant for an access token, within 10 s in all. Throws with a reason that holds no secret. */
export async function exchange(tokenUri: string, form: URLSearchParams, options: ExchangeOptions): Promise<Token> {
  const checked = checkBaseUrl(tokenUri, options)
  if (checked.kind === 'refused') throw new Error(`its token_uri is refused: ${checked.why}`)
  const { protocol, origin, pathname } = new URL(checked.url)
  if (protocol !== 'https:' && !options.allowPrivate) throw new Error('its token_uri is refused: it must be https')
  const transport = openTransport({ origin, ...options })
  const headers = ['user-agent', 'redpill', 'accept', 'application/json']
  headers.push('content-type', 'application/x-www-form-urlencoded')
  const body = Buffer.from(form.toString())
  try {
    const call = { method: 'POST', path: pathname, headers, body, connectTimeoutMs: timeoutMs } as const
    return readToken(await send(transport, call))
  } finally {
    await transport.close()
  }
}

type Answer = { readonly status: number; readonly body: JsonObject }

function send(transport: ReturnType<typeof openTransport>, call: TransportCall): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    let status = 0
    let bytes = 0
    const end = (settle: () => void) => {
      clearTimeout(timer)
      flight.cancel()
      settle()
    }
    const fail = (why: string) => end(() => reject(new Error(why)))
    const flight = sendDecoded((sink) => transport.send(call, sink), {
      onHead: (head) => void (status = head.status),
      onBytes(part) {
        bytes += part.length
        if (bytes > bytesMax) fail('the token endpoint answered with too much')
        else parts.push(part)
        return true
      },
      onEnd: () =>
        end(() => {
          const body = parseJson(Buffer.concat(parts).toString())
          resolve({ status, body: isObject(body) ? body : {} })
        }),
      onFault: ({ message }) => fail(`the token endpoint could not be asked: ${message}`),
    })
    const timer = setTimeout(() => fail(`no token within ${timeoutMs} ms`), timeoutMs)
  })
}

function readToken({ status, body }: Answer): Token {
  const { access_token: token, expires_in: lifetimeSeconds } = body
  if (status === 200 && typeof token === 'string' && /^[\x21-\x7e]+$/.test(token))
    return { token, lifetimeSeconds: typeof lifetimeSeconds === 'number' ? lifetimeSeconds : 0 }
  const why = [body['error'], body['error_description']].filter((each) => typeof each === 'string').join(': ')
  throw new Error(`the token endpoint answered ${status}${why === '' ? '' : `: ${why.slice(0, 300)}`}`)
}
