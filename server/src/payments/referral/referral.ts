import type { Chance } from '../../core/clock.ts'
import type { Uuid } from '../../core/ids.ts'
import { findAccount, listMembers } from '../../accounts/index.ts'
import type { Db } from '../../platform/database/index.ts'
import { inTransaction } from '../../platform/transaction.ts'
import { makeCodeText } from '../codes/codes.ts'
import type { OrderTools } from '../orders/orders.ts'
import { hasOrder } from '../orders/store.ts'
import {
  countReferrals,
  findReferralRow,
  findReferrer,
  insertReferral,
  keepReferralCode,
  type ReferralRow,
} from './store.ts'

/** How an account stands with bringing others, and with having been brought. */
export type Referrals = {
  readonly code: string
  /** How many accounts it brought, and for how many of them it was rewarded. */
  readonly brought: number
  readonly rewarded: number
  /** Whether it was brought itself, and what became of that. */
  readonly own: ReferralRow['state'] | undefined
}

export async function referralsOf(
  db: Db,
  accountId: Uuid,
  { clock, chance }: Pick<OrderTools, 'clock'> & { readonly chance: Chance },
): Promise<Referrals> {
  const row = { account_id: accountId, code: makeCodeText(chance), rewarded: 0, created_at: new Date(clock.nowMs()) }
  const { code, rewarded } = await keepReferralCode(db, row)
  const own = await findReferralRow(db, accountId)
  return { code, brought: await countReferrals(db, accountId), rewarded, own: own?.state }
}

export type Brought =
  | { readonly kind: 'brought' }
  | { readonly kind: 'unknown' }
  /** Nobody brings an account with which they share a member. */
  | { readonly kind: 'itself' }
  /** It was brought already, bought already, or has been here for longer. */
  | { readonly kind: 'too-late' }

const newcomerMs = 30 * 86_400_000

/** Notes who brought an account. Nothing is credited before its first purchase stands. */
export function bring(
  db: Db,
  { accountId, code }: { readonly accountId: Uuid; readonly code: string },
  { clock }: Pick<OrderTools, 'clock'>,
): Promise<Brought> {
  const now = new Date(clock.nowMs())
  return inTransaction(db, async (tx) => {
    const referrerId = await findReferrer(tx, code.trim().toUpperCase())
    if (referrerId === undefined) return { kind: 'unknown' }
    if (await areOne(tx, accountId, referrerId)) return { kind: 'itself' }
    const account = await findAccount(tx, accountId)
    const isNew = account !== undefined && now.getTime() - account.createdAt.getTime() < newcomerMs
    if (!isNew || (await hasOrder(tx, accountId))) return { kind: 'too-late' }
    const row: ReferralRow = {
      account_id: accountId,
      referrer_id: referrerId,
      state: 'open',
      why: null,
      created_at: now,
      ended_at: null,
    }
    return { kind: (await insertReferral(tx, row)) ? 'brought' : 'too-late' }
  })
}

/** The same account, or accounts with a member in common. */
export async function areOne(db: Db, accountId: Uuid, referrerId: Uuid): Promise<boolean> {
  if (accountId === referrerId) return true
  const people = new Set((await listMembers(db, accountId)).map(({ personId }) => personId))
  return (await listMembers(db, referrerId)).some(({ personId }) => people.has(personId))
}
