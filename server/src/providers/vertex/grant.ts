/** OAuth 2.0 grants for an access token: JWT bearer (RFC 7523) and refresh token (RFC 6749 §6). */
import { sign } from 'node:crypto'
import type { AuthorizedUser, ServiceAccount } from './credentials.ts'

const scope = 'https://www.googleapis.com/auth/cloud-platform'
const assertionSeconds = 3_600

/** The form that is exchanged for a token. */
export function writeGrant(credentials: ServiceAccount | AuthorizedUser, nowMs: number): URLSearchParams {
  return credentials.kind === 'service-account'
    ? new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        assertion: signAssertion(credentials, nowMs),
      })
    : new URLSearchParams({
        grant_type: 'refresh_token',
        client_id: credentials.clientId,
        client_secret: credentials.clientSecret,
        refresh_token: credentials.refreshToken,
      })
}

function signAssertion({ email, privateKey, privateKeyId, tokenUri }: ServiceAccount, nowMs: number): string {
  const issuedAt = Math.floor(nowMs / 1_000)
  const header = { alg: 'RS256', typ: 'JWT', ...(privateKeyId !== undefined && { kid: privateKeyId }) }
  const claims = { iss: email, scope, aud: tokenUri, iat: issuedAt, exp: issuedAt + assertionSeconds }
  const signed = `${encode(header)}.${encode(claims)}`
  return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), privateKey).toString('base64url')}`
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
