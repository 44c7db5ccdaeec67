import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { checkHost, guardedLookup } from './lookup.ts'

export type AskRequest = {
  readonly url: string
  readonly method?: 'GET' | 'POST'
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Whether the operator's own machines may be asked. */
  readonly allowPrivate: boolean
  /** For all of it, up to the last byte of the answer. */
  readonly timeoutMs: number
  readonly bytesMax: number
}

export type AskOutcome =
  | { readonly kind: 'answered'; readonly status: number; readonly text: string }
  /** `why` names no address that the URL does not. */
  | { readonly kind: 'failed'; readonly why: string }

/** One small request to an address that the operator chose, to what the guard has checked, following no redirect. */
export function askGuarded(asked: AskRequest): Promise<AskOutcome> {
  const { url, method = 'GET', body, headers = {}, allowPrivate, timeoutMs, bytesMax } = asked
  const target = new URL(url)
  const policy = { allowPrivate }
  const refused = checkHost(target.hostname.replace(/^\[|\]$/g, ''), policy)
  if (refused) return Promise.resolve({ kind: 'failed', why: refused.message })
  const send = target.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((settle) => {
    const request = send(target, {
      ...{ method, agent: false, lookup: guardedLookup(policy) },
      headers: { ...headers, ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }) },
    })
    const finish = (outcome: AskOutcome) => {
      clearTimeout(timer)
      settle(outcome)
      request.destroy()
    }
    const fail = (why: string) => finish({ kind: 'failed', why })
    const timer = setTimeout(() => fail(`no answer within ${timeoutMs} ms`), timeoutMs)
    request.on('response', (response) => {
      const pieces: Buffer[] = []
      let bytes = 0
      response.on('data', (piece: Buffer) => {
        bytes += piece.length
        if (bytes > bytesMax) fail('the answer is too long')
        else pieces.push(piece)
      })
      response.on('end', () => {
        finish({ kind: 'answered', status: response.statusCode ?? 0, text: Buffer.concat(pieces).toString('utf8') })
      })
      response.on('error', () => fail('the answer broke off'))
    })
    request.on('upgrade', () => fail('it spoke another protocol'))
    request.on('error', (error) => fail(whyOf(error)))
    request.end(body)
  })
}

/** Codes and our own refusals; messages of the system would tell what a name resolves to. */
function whyOf(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'it could not be sent'
  return code === 'ERR_ADDRESS_REFUSED' ? error.message : code
}
