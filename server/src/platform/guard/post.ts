import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { checkHost, guardedLookup, type ResolveName } from './lookup.ts'

export type PostRequest = {
  readonly url: string
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
  /** Whether the operator's own machines may be called. */
  readonly allowPrivate: boolean
  /** For all of it, from the name's resolution to the head of the answer. */
  readonly timeoutMs: number
  readonly resolve?: ResolveName
}

export type PostOutcome =
  | { readonly kind: 'answered'; readonly status: number }
  /** `why` names no address that the URL does not. */
  | { readonly kind: 'failed'; readonly why: string }

/**
 * One POST to an address that somebody else chose: over a connection of its own, to what the guard has checked, following
 * no redirect, reading nothing of the answer but its status.
 */
export function postGuarded({
  url,
  body,
  headers,
  allowPrivate,
  timeoutMs,
  resolve,
}: PostRequest): Promise<PostOutcome> {
  const target = new URL(url)
  const policy = { allowPrivate }
  const refused = checkHost(target.hostname.replace(/^\[|\]$/g, ''), policy)
  if (refused) return Promise.resolve({ kind: 'failed', why: refused.message })
  const send = target.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((settle) => {
    const request = send(target, {
      ...{ method: 'POST', agent: false, headers: { ...headers, 'content-length': Buffer.byteLength(body) } },
      lookup: guardedLookup(policy, resolve),
    })
    const finish = (outcome: PostOutcome) => {
      clearTimeout(timer)
      settle(outcome)
      request.destroy()
    }
    const timer = setTimeout(() => finish({ kind: 'failed', why: `no answer within ${timeoutMs} ms` }), timeoutMs)
    request.on('response', ({ statusCode = 0 }) => finish({ kind: 'answered', status: statusCode }))
    request.on('upgrade', () => finish({ kind: 'failed', why: 'it spoke another protocol' }))
    request.on('error', (error) => finish({ kind: 'failed', why: whyOf(error) }))
    request.end(body)
  })
}

/** Codes and our own refusals; messages of the system would tell what a name resolves to. */
function whyOf(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'it could not be sent'
  return code === 'ERR_ADDRESS_REFUSED' ? error.message : code
}
