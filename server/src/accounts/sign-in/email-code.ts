import { timingSafeEqual } from 'node:crypto'
import type { Chance } from '../../core/clock.ts'
import { isUuid, type Uuid } from '../../core/ids.ts'
import { hashBrowser } from './browser-token.ts'
import { countGuess, deleteChallenge, insertChallenge, listSealedChallenges } from './store/challenges.ts'
import { hashToken } from './tokens.ts'
import type { SignInTools } from './types.ts'

const codeMs = 10 * 60_000
const triesMax = 5
const codesThereAre = 1_000_000

export type CodeQuestion = {
  readonly email: string
  /** The browser that asks: only it may answer. */
  readonly browser: string
  /** Who gets this mailbox as a way in; absent: whoever has it signs in. */
  readonly personId?: Uuid | undefined
  /** Whether the operator may read the code, because no mail is sent. */
  readonly shown: boolean
}

/** Makes a code of six digits for a mailbox: ten minutes, five guesses, one browser. */
export async function askForCode(
  tools: SignInTools,
  { email, browser, personId, shown }: CodeQuestion,
): Promise<{ readonly id: Uuid; readonly code: string }> {
  const { db, secrets, clock, chance, makeId } = tools
  const id = makeId()
  const code = randomCode(chance)
  const now = new Date(clock.nowMs())
  await insertChallenge(db, {
    ...{ id, kind: 'email', secret_hmac: hashCode(tools, id, code), browser_hmac: hashBrowser(tools, browser) },
    ...{ person_id: personId ?? null, subject: email, sealed: shown ? secrets.seal(code) : null, tries: 0 },
    ...{ created_at: now, expires_at: new Date(now.getTime() + codeMs) },
  })
  return { id, code }
}

export type CodeAnswer = {
  readonly id: string
  readonly code: string
  readonly browser: string | undefined
  readonly personId?: Uuid
}

export type CodeJudged =
  | { readonly kind: 'proven'; readonly email: string }
  /** Wrong, too late, too often, of another browser or for something else. */
  | { readonly kind: 'wrong' }

/** Judges a code. Every guess is counted before it is looked at, and a right code works once. */
export async function judgeCode(tools: SignInTools, { id, code, browser, personId }: CodeAnswer): Promise<CodeJudged> {
  const { db, clock } = tools
  if (!isUuid(id) || browser === undefined) return { kind: 'wrong' }
  const asked = await countGuess(db, {
    ...{ kind: 'email', id, browserHmac: hashBrowser(tools, browser), personId: personId ?? null, triesMax },
    now: new Date(clock.nowMs()),
  })
  if (!asked) return { kind: 'wrong' }
  const isRight = timingSafeEqual(asked.secret_hmac, hashCode(tools, id, code))
  if (!isRight || !(await deleteChallenge(db, id))) return { kind: 'wrong' }
  return { kind: 'proven', email: asked.subject ?? '' }
}

export type PendingCode = {
  readonly email: string
  readonly code: string
  readonly createdAt: Date
  readonly expiresAt: Date
}

/** Codes that wait for an answer, where the operator hands them out because no mail is sent; newest first. */
export async function listPendingCodes({ db, secrets, clock }: SignInTools): Promise<readonly PendingCode[]> {
  const rows = await listSealedChallenges(db, 'email', new Date(clock.nowMs()))
  return rows.map(({ subject, sealed, created_at, expires_at }) => ({
    email: subject ?? '',
    code: secrets.open(sealed ?? ''),
    createdAt: created_at,
    expiresAt: expires_at,
  }))
}

const hashCode = ({ secrets }: Pick<SignInTools, 'secrets'>, id: Uuid, code: string): Buffer =>
  hashToken(secrets, 'email', `${id} ${code}`)

/** Numbers above the largest multiple are drawn again, so that every code is as likely as any other. */
function randomCode(chance: Chance): string {
  const fairBelow = 2 ** 32 - (2 ** 32 % codesThereAre)
  for (;;) {
    const drawn = Buffer.from(chance.bytes(4)).readUInt32BE()
    if (drawn < fairBelow) return String(drawn % codesThereAre).padStart(6, '0')
  }
}
