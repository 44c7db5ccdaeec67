import type { OpenAuthorization } from '../translation.ts'
import { openAccessToken } from './access-token.ts'
import { readCredentials } from './credentials.ts'
import { exchange } from './exchange.ts'
import { writeGrant } from './grant.ts'

/** Why a provider's key cannot be used; `undefined` for one that can. */
export function checkVertexKey(apiKey: string): string | undefined {
  const read = readCredentials(apiKey)
  return read.kind === 'refused' ? read.why : undefined
}

/** By the key itself, or by access tokens that the key file is exchanged for, each for most of its hour. */
export const vertexAuthorization: OpenAuthorization = ({ apiKey, allowPrivate }, { clock, resolve }) => {
  if (apiKey === undefined) return () => []
  const credentials = readCredentials(apiKey)
  switch (credentials.kind) {
    case 'refused':
      throw new Error(credentials.why)
    case 'api-key':
      return () => ['x-goog-api-key', credentials.apiKey]
    case 'access-token':
      return () => bearer(credentials.token)
    case 'service-account':
    case 'authorized-user': {
      const accessToken = openAccessToken(clock, () =>
        exchange(credentials.tokenUri, writeGrant(credentials, clock.nowMs()), { allowPrivate, resolve }),
      )
      return () => {
        const token = accessToken()
        return typeof token === 'string' ? bearer(token) : token.then(bearer)
      }
    }
  }
}

const bearer = (token: string): readonly string[] => ['authorization', `Bearer ${token}`]
