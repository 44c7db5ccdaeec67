import { assert } from '../../core/assert.ts'
import type { Chance } from '../../core/clock.ts'
import type { Uuid } from '../../core/ids.ts'
import { findAccount, listMembers } from '../../accounts/index.ts'
import { grant } from '../../credits/index.ts'
import type { ReferralSettings } from '../../platform/payment-settings.ts'
import type { Db } from '../../platform/database/index.ts'
import { inTransaction } from '../../platform/transaction.ts'
import { makeCodeText } from '../codes/codes.ts'
import type { OrderTools } from '../orders/orders.ts'
import { hasOrder, hasStandingPurchase } from '../orders/store.ts'
import {
  countReferrals,
  countReward,
  endReferral,
  findReferralRow,
  findReferrer,
  insertReferral,
  keepReferralCode,
  listOpenReferrals,
  lockReferralCode,
  lockReferralRow,
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
async function areOne(db: Db, accountId: Uuid, referrerId: Uuid): Promise<boolean> {
  if (accountId === referrerId) return true
  const people = new Set((await listMembers(db, accountId)).map(({ personId }) => personId))
  return (await listMembers(db, referrerId)).some(({ personId }) => people.has(personId))
}

const pageRows = 200

/** A job: rewards those whose newcomer's first purchase is past its hold. Returns for how many accounts. */
export async function rewardReferrals(
  db: Db,
  settings: ReferralSettings | undefined,
  tools: OrderTools,
): Promise<number> {
  if (!settings) return 0
  let rewarded = 0
  for (let afterId: Uuid | undefined; ;) {
    const open = await listOpenReferrals(db, afterId, pageRows)
    for (const { account_id: accountId } of open) {
      if (await hasStandingPurchase(db, accountId, new Date(tools.clock.nowMs())))
        rewarded += (await inTransaction(db, (tx) => reward(tx, accountId, settings, tools))) ? 1 : 0
    }
    afterId = open.at(-1)?.account_id
    if (open.length < pageRows) return rewarded
  }
}

/** Both or neither, once. */
async function reward(tx: Db, accountId: Uuid, settings: ReferralSettings, tools: OrderTools): Promise<boolean> {
  const row = await lockReferralRow(tx, accountId)
  if (row?.state !== 'open') return false
  const ended = { ended_at: new Date(tools.clock.nowMs()) }
  const referrer = await lockReferralCode(tx, row.referrer_id)
  const why = await whyNot(tx, row, { rewarded: referrer?.rewarded ?? 0, most: settings.most })
  if (why !== undefined) {
    await endReferral(tx, accountId, { state: 'void', why, ...ended })
    return false
  }
  for (const [to, amount, side] of [
    [row.referrer_id, settings.gives, 'referrer'],
    [accountId, settings.gets, 'newcomer'],
  ] as const) {
    if (amount === 0n) continue
    const request = { transferId: tools.makeId(), accountId: to, amount, reference: `referral:${accountId}:${side}` }
    const granted = await grant(tx, { ...request, note: 'referral' }, ended.ended_at)
    assert(granted.kind === 'posted', `a referral is rewarded once, and was told ${granted.kind}`)
  }
  await countReward(tx, row.referrer_id)
  await endReferral(tx, accountId, { state: 'rewarded', why: null, ...ended })
  return true
}

async function whyNot(
  tx: Db,
  { account_id: accountId, referrer_id: referrerId }: ReferralRow,
  { rewarded, most }: { readonly rewarded: number; readonly most: number },
): Promise<string | undefined> {
  if (rewarded >= most) return `Nobody is rewarded for more than ${most} accounts.`
  if (await areOne(tx, accountId, referrerId)) return 'The accounts have a member in common.'
  const accounts = [await findAccount(tx, accountId), await findAccount(tx, referrerId)]
  return accounts.some((account) => !account || account.deletedAt) ? 'One of the accounts is deleted.' : undefined
}
