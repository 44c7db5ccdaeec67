import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { atEnd, type Scope } from './scope.ts'

/** Who is signed in at the provider, as GitHub and as Google tell it. */
export type Account = {
  readonly id: number
  readonly login: string
  readonly name?: string
  readonly email?: string
  readonly verified?: boolean
}

/** A stand-in for GitHub and Google: codes are good once, for their client, redirect and verifier. */
export type OAuthStandIn = {
  readonly url: string
  /** What a person does there: signs in and agrees. Gives the address that their browser is sent back to. */
  readonly agree: (authorizeUrl: string, account: Account) => string
  /** What the provider was asked with. */
  readonly asked: URLSearchParams[]
}

type Grant = {
  readonly account: Account
  readonly challenge: string
  readonly redirectUri: string
  readonly clientId: string
}

export const oauthClient = { clientId: 'our-client', clientSecret: 'our-secret' }

export async function startOAuthProvider(scope: Scope): Promise<OAuthStandIn> {
  const codes = new Map<string, Grant>()
  const tokens = new Map<string, Account>()
  const asked: URLSearchParams[] = []

  function exchange(form: URLSearchParams): object {
    asked.push(form)
    const code = form.get('code') ?? ''
    const grant = codes.get(code)
    codes.delete(code)
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    const isRight =
      grant?.challenge === challenge &&
      grant.redirectUri === form.get('redirect_uri') &&
      grant.clientId === form.get('client_id') &&
      form.get('client_secret') === oauthClient.clientSecret
    if (!isRight) return { error: 'bad_verification_code' }
    const token = randomBytes(16).toString('hex')
    tokens.set(token, grant.account)
    return { access_token: token, token_type: 'bearer' }
  }

  function tell(path: string, { id, login, name, email, verified = true }: Account): unknown {
    if (path === '/user') return { id, login, name: name ?? null }
    if (path === '/user/emails') return email === undefined ? [] : [{ email, primary: true, verified }]
    return { sub: `google-${id}`, name, email, email_verified: verified }
  }

  const server = createServer((request, response) => {
    const answer = (status: number, value: unknown) =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
    if (request.method === 'POST') {
      void read(request).then((text) => answer(200, exchange(new URLSearchParams(text))))
      return
    }
    const account = tokens.get(request.headers.authorization?.replace('Bearer ', '') ?? '')
    if (account) answer(200, tell(request.url ?? '', account))
    else answer(401, { message: 'Bad credentials' })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  atEnd(scope, () => new Promise<void>((resolve) => server.close(() => resolve())))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    agree(authorizeUrl, account) {
      const { searchParams } = new URL(authorizeUrl)
      const code = randomBytes(8).toString('hex')
      const text = (name: string) => searchParams.get(name) ?? ''
      const redirectUri = text('redirect_uri')
      codes.set(code, { account, challenge: text('code_challenge'), redirectUri, clientId: text('client_id') })
      const back = new URL(redirectUri)
      back.searchParams.set('code', code)
      back.searchParams.set('state', text('state'))
      return back.href
    },
  }
}

async function read(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const piece of request) text += String(piece)
  return text
}
