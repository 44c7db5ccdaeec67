import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context } from 'hono'
import { clientAddress } from '../platform/http/index.ts'
import type { Authenticate, Origin } from '../accounts/index.ts'
import type { ApiOptions, Asker } from './options.ts'

type Connection = { readonly incoming?: IncomingMessage; readonly outgoing?: ServerResponse }

const connectionOf = ({ env }: Context): Connection => (env ?? {}) as Connection

/** The key of a request, where OpenAI's clients or Anthropic's put it. */
export function secretOf(context: Context): string | undefined {
  const authorization = context.req.header('authorization')
  if (authorization === undefined) return context.req.header('x-api-key')
  return /^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? authorization
}

/** The caller's address, and what the answer calls the request; nobody knows where it came over no connection. */
export function originOf({ trustedProxies }: ApiOptions, context: Context): Origin {
  const { incoming, outgoing } = connectionOf(context)
  const remote = incoming?.socket.remoteAddress
  const address = remote && clientAddress(remote, context.req.header('x-forwarded-for'), trustedProxies)
  const id = outgoing?.getHeader('x-request-id')
  return { address, requestId: typeof id === 'string' ? id : undefined }
}

/** Says who asks, for the log. */
export function tellAsker({ onAsker }: ApiOptions, context: Context, asker: Asker): void {
  const { outgoing } = connectionOf(context)
  if (outgoing) onAsker?.(outgoing, asker)
}

/** Finds who bears a key, and says so for the log, whatever they may do. */
export function authenticateOf(api: ApiOptions, context: Context): Authenticate {
  return async (secret, address) => {
    const found = await api.authenticate(secret, address)
    if (found.kind === 'caller') tellAsker(api, context, { account: found.caller.accountId, key: found.caller.key.id })
    return found
  }
}
