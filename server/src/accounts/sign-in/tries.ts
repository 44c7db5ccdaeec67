import { placeOf } from '../guess-brake.ts'
import { countTry, deleteTriesBefore } from './store/tries.ts'
import { hashToken } from './tokens.ts'
import type { SignInTools } from './types.ts'

/** How often something may be tried in a span of the clock; counted in the database, so by all processes together. */
export type Bound = { readonly most: number; readonly spanMs: number }

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

const bounds = {
  /** Sign-ins that one address may begin. */
  begin: [{ most: 60, spanMs: 10 * minuteMs }],
  /** Answers, right or wrong, that one address may give. */
  answer: [{ most: 60, spanMs: 10 * minuteMs }],
  /** Codes worth credits that an account may try: they have 80 bits, so nobody finds one by chance. */
  redeem: [
    { most: 10, spanMs: 10 * minuteMs },
    { most: 50, spanMs: dayMs },
  ],
  /** The same of an address, behind which a whole room may sit. */
  redeemFrom: [{ most: 200, spanMs: 10 * minuteMs }],
  /** People that one address may become. */
  signUp: [
    { most: 20, spanMs: hourMs },
    { most: 50, spanMs: dayMs },
  ],
  /** Codes that one mailbox is sent; with five guesses each, a million codes are far out of reach. */
  mailbox: [
    { most: 6, spanMs: 15 * minuteMs },
    { most: 30, spanMs: dayMs },
  ],
} as const satisfies Record<string, readonly Bound[]>

export type BoundName = keyof typeof bounds

/** Counts a try; answers how many seconds to wait when it is one too many, else `undefined`. */
export async function tooMany(
  { db, secrets, clock }: Pick<SignInTools, 'db' | 'secrets' | 'clock'>,
  name: BoundName,
  of: string,
): Promise<number | undefined> {
  const nowMs = clock.nowMs()
  for (const { most, spanMs } of bounds[name]) {
    const untilMs = nowMs - (nowMs % spanMs) + spanMs
    const subject = hashToken(secrets, 'tries', `${name} ${spanMs} ${of}`)
    if ((await countTry(db, { subject, until: new Date(untilMs) })) > most) return Math.ceil((untilMs - nowMs) / 1_000)
  }
  return undefined
}

/** The same of an address; of IPv6, of its network. Where nobody knows the address, nothing is counted. */
export const tooManyFrom = async (
  tools: Pick<SignInTools, 'db' | 'secrets' | 'clock'>,
  name: BoundName,
  address: string | undefined,
): Promise<number | undefined> => (address === undefined ? undefined : tooMany(tools, name, placeOf(address)))

export const purgeTries = ({ db, clock }: Pick<SignInTools, 'db' | 'clock'>) =>
  deleteTriesBefore(db, new Date(clock.nowMs()))
