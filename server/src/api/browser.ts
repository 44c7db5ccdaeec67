import type { Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { AppError } from '../core/errors.ts'
import { isLoopback } from '../platform/http/index.ts'

/** A request as far as it comes from a browser: where it thinks it is, and what it remembers. */
export type Browser = {
  /** The address that people open; undefined when the request was sent to a host that is neither ours nor this machine. */
  readonly origin: string | undefined
  /** Its user agent. */
  readonly device: string
  readonly address: string | undefined
  /** What the answer calls its request. */
  readonly requestId: string | undefined
  /** Why the request may not have been made by a page of ours; undefined when there is no sign of that. */
  readonly foreign: string | undefined
  readonly cookie: (name: CookieName) => string | undefined
  /** An empty value takes the cookie away. */
  readonly setCookie: (name: CookieName, value: string, maxAgeSeconds: number) => void
}

/** `session`: who is signed in; `challenge`: that this browser began a sign-in. */
export type CookieName = 'session' | 'challenge'

/** Reads what a browser says of itself; everything else may say the same, so nothing is granted for it. */
export function readBrowser(
  context: Context,
  publicUrl: string | undefined,
  { address, requestId }: Pick<Browser, 'address' | 'requestId'>,
): Browser {
  const origin = originOf(context, publicUrl)
  const secure = origin?.startsWith('https:') ?? false
  const prefix = secure ? ('host' as const) : undefined
  const nameOf = (name: CookieName) => `redpill_${name}`
  return {
    origin,
    device: context.req.header('user-agent') ?? '',
    address,
    requestId,
    foreign: origin === undefined ? undefined : foreignSign(context, origin),
    cookie: (name) => getCookie(context, nameOf(name), prefix),
    setCookie: (name, value, maxAge) =>
      setCookie(context, nameOf(name), value, {
        ...{ httpOnly: true, sameSite: 'Lax', path: '/', secure, maxAge: value === '' ? 0 : maxAge },
        ...(prefix && { prefix }),
      }),
  }
}

/** A name that only leads here because somebody's name server says so must not get a session (DNS rebinding). */
function originOf(context: Context, publicUrl: string | undefined): string | undefined {
  const host = context.req.header('host') ?? new URL(context.req.url).host
  if (publicUrl !== undefined && sameHost(publicUrl, host)) return new URL(publicUrl).origin
  const asked = `http://${host}`
  return URL.canParse(asked) && isLoopback(new URL(asked).hostname) ? new URL(asked).origin : undefined
}

function sameHost(publicUrl: string, host: string): boolean {
  const { protocol, host: expected } = new URL(publicUrl)
  const asked = `${protocol}//${host}`
  return URL.canParse(asked) && new URL(asked).host === expected
}

/** Browsers say by themselves which site a request comes from, and pages cannot change what they say. */
function foreignSign({ req }: Context, origin: string): string | undefined {
  const site = req.header('sec-fetch-site')
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return `a page of another origin (${site})`
  const from = req.header('origin')
  return from === undefined || from === origin ? undefined : `a page of another origin than ${origin}`
}

/** Refuses what a page of another origin asks for, or what is asked under a foreign name. Returns our origin. */
export function requireOwnPage({ origin, foreign }: Browser): string {
  if (origin === undefined) throw new AppError('not_allowed', { message: foreignHost })
  if (foreign !== undefined)
    throw new AppError('not_allowed', { message: `This request was made by ${foreign}: only pages of ours may.` })
  return origin
}

export const foreignHost =
  'This host is neither the one of REDPILL_PUBLIC_URL nor this machine itself, so nobody can be signed in under it. ' +
  'The operator sets REDPILL_PUBLIC_URL to the address that people open.'
