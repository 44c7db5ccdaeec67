import { isIPv4 } from 'node:net'
import { addressKind, type AddressPolicy } from './addresses.ts'

/** `url` is normalised: its path has no trailing slash, so that one can be appended. `why` is a sentence for the person who typed it. */
export type CheckedBaseUrl =
  | { readonly kind: 'ok'; readonly url: string }
  | { readonly kind: 'refused'; readonly why: string }

export type BaseUrlPolicy = AddressPolicy & {
  /** The one parameter that its query may have; absent: it has no query. */
  readonly queryParameter?: string | undefined
}

const authorityPattern = /^https?:\/\/([^/?#]*)/i
const lengthMax = 2_000

/**
 * Judges the text of a base URL before it is stored. What its name resolves to is judged at each connect, by
 * `guardedLookup`: a name can change its mind.
 */
export function checkBaseUrl(text: string, policy: BaseUrlPolicy): CheckedBaseUrl {
  const checked = checkUrl(text, policy)
  if (checked.kind === 'refused') return checked
  const url = new URL(text)
  if (text.includes('?') && !isQueryAllowed(url, policy.queryParameter))
    return refused('it must not have a query or a fragment: paths are appended to it')
  return { kind: 'ok', url: url.origin + url.pathname.replace(/\/+$/, '') + url.search }
}

/** The same of a URL that is called as it is, whatever its query. */
export function checkUrl(text: string, policy: AddressPolicy): CheckedBaseUrl {
  const authority = authorityPattern.exec(text)?.[1]
  if (authority === undefined || !URL.canParse(text)) return refused('it must be an http:// or https:// URL')
  if (text.length > lengthMax) return refused(`it must have at most ${lengthMax} characters`)
  // The parser would silently drop or turn these, and what is stored must be what was read.
  if (/[\s\\\p{Cc}]/u.test(text)) return refused('it must not contain spaces, control characters or backslashes')
  if (authority.includes('@')) return refused('it must not contain a user name or password: give the key separately')
  const url = new URL(text)
  if (text.includes('#')) return refused('it must not have a fragment: that is never sent')
  const why = whyHostRefused(url.hostname, authority, policy)
  if (why !== undefined) return refused(why)
  return { kind: 'ok', url: url.href }
}

function isQueryAllowed({ searchParams }: URL, parameter: string | undefined): boolean {
  const given = [...searchParams]
  return given.length === 1 && given[0]![0] === parameter && given[0]![1] !== ''
}

const refused = (why: string): CheckedBaseUrl => ({ kind: 'refused', why })

function whyHostRefused(hostname: string, authority: string, { allowPrivate }: AddressPolicy): string | undefined {
  const written = authority.replace(/:\d*$/, '').toLowerCase()
  if (hostname.endsWith('.')) return 'its host must not end with a dot'
  if (isIPv4(hostname) && written !== hostname) {
    return `its address must be written plainly, as ${hostname}`
  }
  if (hostname.startsWith('[')) {
    if (hostname.startsWith('[::ffff:')) return 'its address must be written as IPv4, not mapped into IPv6'
    return whyAddressRefused(hostname.slice(1, -1), allowPrivate)
  }
  if (isIPv4(hostname)) return whyAddressRefused(hostname, allowPrivate)
  const isLocal = hostname === 'localhost' || hostname.endsWith('.localhost')
  return isLocal && !allowPrivate ? privateRefused : undefined
}

const privateRefused = 'it points to a private address, which only the operator can allow'

function whyAddressRefused(address: string, allowPrivate: boolean): string | undefined {
  switch (addressKind(address)) {
    case 'public':
      return undefined
    case 'private':
      return allowPrivate ? undefined : privateRefused
    case 'unusable':
      return 'it points to an address that is never an upstream'
  }
}
