/** OAuth 2.0 (RFC 6749, with RFC 7636 and the advice of RFC 9700) at GitHub and Google: who is it, and nothing else. */
import { createHash } from 'node:crypto'
import { isObject, type JsonObject, type JsonValue, parseJson } from '../../core/json.ts'
import type { Uuid } from '../../core/ids.ts'
import { askGuarded } from '../../platform/guard/index.ts'
import { answered, ask } from './challenges.ts'
import type { Proof } from './enter.ts'
import { makeToken } from './tokens.ts'
import type { SignInTools } from './types.ts'

export const oauthNames = ['github', 'google'] as const
export type OAuthName = (typeof oauthNames)[number]

/** Where a provider is, and who we are there. */
export type OAuthProvider = {
  readonly clientId: string
  readonly clientSecret: string
  readonly authorizeUrl: string
  readonly tokenUrl: string
  /** GitHub: the base of its API; Google: its userinfo. */
  readonly apiUrl: string
  /** Whether it may be a machine of the operator's own. */
  readonly allowPrivate?: boolean
}

export type OAuthProviders = Readonly<Partial<Record<OAuthName, OAuthProvider>>>

type Client = { readonly clientId: string; readonly clientSecret: string }

export const github = (client: Client): OAuthProvider => ({
  ...client,
  authorizeUrl: 'https://github.com/login/oauth/authorize',
  tokenUrl: 'https://github.com/login/oauth/access_token',
  apiUrl: 'https://api.github.com',
})

export const google = (client: Client): OAuthProvider => ({
  ...client,
  authorizeUrl: 'https://accounts.google.com/o/oauth2/v2/auth',
  tokenUrl: 'https://oauth2.googleapis.com/token',
  apiUrl: 'https://openidconnect.googleapis.com/v1/userinfo',
})

const scopes: Readonly<Record<OAuthName, string>> = { github: 'read:user user:email', google: 'openid email profile' }

/** What is known again when the browser comes back. */
export type OAuthKept = {
  readonly name: OAuthName
  readonly verifier: string
  /** Where the person wanted to go. */
  readonly next: string
  readonly invitation?: string | undefined
  /** Who gets a way in by it. */
  readonly personId?: Uuid | undefined
}

export type OAuthQuestion = Omit<OAuthKept, 'verifier'> & {
  readonly provider: OAuthProvider
  readonly origin: string
  readonly browser: string
}

/** The address at the provider to send the browser to. */
export async function askProvider(tools: SignInTools, question: OAuthQuestion): Promise<string> {
  const { name, provider, origin, browser, next, invitation, personId } = question
  const [state, verifier] = [makeToken(tools.chance), makeToken(tools.chance)]
  const kept: OAuthKept = { name, verifier, next, invitation, personId }
  await ask(tools, { kind: 'oauth', secret: state, browser, personId }, kept)
  const url = new URL(provider.authorizeUrl)
  const parameters = {
    ...{ response_type: 'code', client_id: provider.clientId, redirect_uri: callbackOf(origin, name), state },
    ...{ scope: scopes[name], code_challenge: challengeOf(verifier), code_challenge_method: 'S256' },
    ...(name === 'google' && { prompt: 'select_account' }),
  }
  for (const [key, value] of Object.entries(parameters)) url.searchParams.set(key, value)
  return url.href
}

const challengeOf = (verifier: string): string => createHash('sha256').update(verifier).digest('base64url')

/** Where the provider sends the browser back to; registered there. */
const callbackOf = (origin: string, name: OAuthName): string => `${origin}/api/v1/sign-in/oauth/${name}/callback`

/** What was asked with a state, of this browser and this provider, once. */
export async function takeState(
  tools: SignInTools,
  { name, state, browser }: { readonly name: OAuthName; readonly state: string; readonly browser: string | undefined },
): Promise<OAuthKept | undefined> {
  const kept = await answered<OAuthKept>(tools, { kind: 'oauth', secret: state, browser, whoever: true })
  return kept?.name === name ? kept : undefined
}

export type OAuthJudged =
  | { readonly kind: 'proven'; readonly proof: Proof }
  /** The provider did not take the code, or did not say who it is. */
  | { readonly kind: 'failed'; readonly why: string }

/** Exchanges a code for who it is. The provider's token is used here and kept nowhere. */
export async function judgeCodeOf(
  provider: OAuthProvider,
  { origin, code, kept }: { readonly origin: string; readonly code: string; readonly kept: OAuthKept },
): Promise<OAuthJudged> {
  const form = new URLSearchParams({
    ...{ grant_type: 'authorization_code', code, redirect_uri: callbackOf(origin, kept.name) },
    ...{ client_id: provider.clientId, client_secret: provider.clientSecret, code_verifier: kept.verifier },
  })
  const answer = await askJson(provider, provider.tokenUrl, { body: form.toString() })
  const token = isRecord(answer) ? answer['access_token'] : undefined
  if (typeof token !== 'string') return { kind: 'failed', why: `the code was not taken (${errorIn(answer)})` }
  const proof = await readers[kept.name](provider, token)
  return proof ? { kind: 'proven', proof } : { kind: 'failed', why: 'it did not say who it is' }
}

const readers: Readonly<Record<OAuthName, (provider: OAuthProvider, token: string) => Promise<Proof | undefined>>> = {
  github: readGithub,
  google: readGoogle,
}

async function readGithub(provider: OAuthProvider, token: string): Promise<Proof | undefined> {
  const user = await askJson(provider, `${provider.apiUrl}/user`, { token })
  if (!isRecord(user) || typeof user['id'] !== 'number') return undefined
  const emails = await askJson(provider, `${provider.apiUrl}/user/emails`, { token })
  const primary = Array.isArray(emails) ? emails.filter(isRecord).find((each) => each['primary'] === true) : undefined
  const login = textOf(user['login']) ?? String(user['id'])
  return {
    ...{ kind: 'github', subject: String(user['id']), name: login, personName: textOf(user['name']) ?? login },
    email: primary?.['verified'] === true ? emailOf(primary['email']) : undefined,
  }
}

async function readGoogle(provider: OAuthProvider, token: string): Promise<Proof | undefined> {
  const user = await askJson(provider, provider.apiUrl, { token })
  if (!isRecord(user)) return undefined
  const subject = textOf(user['sub'])
  if (subject === undefined) return undefined
  const email = emailOf(user['email'])
  const name = email ?? subject
  return {
    ...{ kind: 'google', subject, name, personName: textOf(user['name']) ?? name },
    email: user['email_verified'] === true ? email : undefined,
  }
}

const timeoutMs = 10_000
const answerBytesMax = 1_048_576

type Asked = { readonly body?: string; readonly token?: string }

/** `undefined` when there was no answer, or none of JSON. */
async function askJson({ allowPrivate = false }: OAuthProvider, url: string, { body, token }: Asked) {
  const outcome = await askGuarded({
    ...{ url, method: body === undefined ? 'GET' : 'POST', allowPrivate, timeoutMs, bytesMax: answerBytesMax },
    headers: {
      ...{ accept: 'application/json', 'user-agent': 'RedPill' },
      ...(body !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    ...(body !== undefined && { body }),
  })
  return outcome.kind === 'answered' && outcome.status === 200 ? parseJson(outcome.text) : undefined
}

const isRecord = (value: JsonValue | undefined): value is JsonObject => value !== undefined && isObject(value)

const errorIn = (answer: JsonValue | undefined): string =>
  isRecord(answer) ? (textOf(answer['error']) ?? 'no token') : 'no answer'

/** A text as it may be shown: one line, not too long; `undefined` for anything else. */
function textOf(value: JsonValue | undefined): string | undefined {
  if (typeof value !== 'string') return undefined
  const text = value
    .replaceAll(/\p{Cc}/gu, ' ')
    .trim()
    .slice(0, 200)
    .toWellFormed()
  return text === '' ? undefined : text
}

const emailOf = (value: JsonValue | undefined): string | undefined => {
  const email = textOf(value)?.toLowerCase()
  return email !== undefined && email.length <= 254 && /^[^\s@]+@[^\s@]+$/.test(email) ? email : undefined
}
