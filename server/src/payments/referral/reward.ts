import { assert } from '../../core/assert.ts'
import type { Uuid } from '../../core/ids.ts'
import { findAccount } from '../../accounts/index.ts'
import { findGrant, giveBack, grant, takeBack } from '../../credits/index.ts'
import type { PaymentSettings, ReferralSettings } from '../../platform/payment-settings.ts'
import type { Db } from '../../platform/database/index.ts'
import { inTransaction } from '../../platform/transaction.ts'
import type { OrderTools } from '../orders/orders.ts'
import { findStandingBuyers } from '../orders/store.ts'
import { areOne } from './referral.ts'
import {
  countReward,
  endReferral,
  listUnsettled,
  lockReferralCode,
  lockReferralRow,
  type ReferralRow,
} from './store.ts'

const pageRows = 200
/** Banks take longer than any refund to ask for their money; after this nobody does. */
const watchedMs = 200 * 86_400_000

type Settings = Pick<PaymentSettings, 'referral' | 'refundDays'>

/**
 * A job: gives rewards once a newcomer's purchase is past its hold and the time for refunds, takes them back when nothing that
 * the newcomer bought stands any more, and gives them again when it does. Returns of how many accounts.
 */
export async function settleReferrals(db: Db, settings: Settings, tools: OrderTools): Promise<number> {
  const now = new Date(tools.clock.nowMs())
  const endedSince = new Date(now.getTime() - watchedMs)
  let settled = 0
  for (let afterId: Uuid | undefined; ;) {
    const rows = await listUnsettled(db, { endedSince, afterId, limit: pageRows })
    const ids = rows.map(({ account_id: id }) => id)
    const buyers = await findStandingBuyers(db, ids, { now, refundDays: settings.refundDays })
    const standing = new Map(buyers.map(({ accountId, isPastRefunds }) => [accountId, isPastRefunds]))
    for (const { account_id: id, state } of rows) {
      const step = stepOf(state, standing.get(id), settings.referral)
      if (step) settled += (await inTransaction(db, (tx) => step(tx, id, tools))) ? 1 : 0
    }
    afterId = rows.at(-1)?.account_id
    if (rows.length < pageRows) return settled
  }
}

/** `false`: somebody else did it, or it was decided that nobody is rewarded. */
type Step = (tx: Db, accountId: Uuid, tools: OrderTools) => Promise<boolean>

/** `isPast`: whether what stands is past the time for refunds; undefined: nothing stands. */
function stepOf(
  state: ReferralRow['state'],
  isPast: boolean | undefined,
  settings: ReferralSettings | undefined,
): Step | undefined {
  if (state === 'rewarded') return isPast === undefined ? takeRewards : undefined
  if (isPast !== true) return undefined
  if (state === 'taken_back') return restoreRewards
  return state === 'open' && settings ? (tx, id, tools) => reward(tx, id, settings, tools) : undefined
}

const sides = ['referrer', 'newcomer'] as const
const referenceOf = (accountId: Uuid, side: (typeof sides)[number]): string => `referral:${accountId}:${side}`

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
  for (const side of sides) {
    const amount = side === 'referrer' ? settings.gives : settings.gets
    if (amount === 0n) continue
    const to = side === 'referrer' ? row.referrer_id : accountId
    const request = { transferId: tools.makeId(), accountId: to, amount, reference: referenceOf(accountId, side) }
    const granted = await grant(tx, { ...request, note: 'referral' }, ended.ended_at)
    assert(granted.kind === 'posted', `a referral is rewarded once, and was told ${granted.kind}`)
  }
  await countReward(tx, row.referrer_id, 1)
  await endReferral(tx, accountId, { state: 'rewarded', why: null, ...ended })
  return true
}

const takeRewards: Step = async (tx, accountId, tools) => {
  const row = await lockReferralRow(tx, accountId)
  if (row?.state !== 'rewarded') return false
  await lockReferralCode(tx, row.referrer_id)
  const now = new Date(tools.clock.nowMs())
  for (const moving of await rewardsOf(tx, accountId, tools)) {
    const taken = await takeBack(tx, { ...moving, note: 'referral: what was bought was given back' }, now)
    assert(taken.kind === 'posted', `a reward is taken back once, and was told ${taken.kind}`)
  }
  await countReward(tx, row.referrer_id, -1)
  await endReferral(tx, accountId, { state: 'taken_back', why: 'What was bought was given back.', ended_at: now })
  return true
}

const restoreRewards: Step = async (tx, accountId, tools) => {
  const row = await lockReferralRow(tx, accountId)
  if (row?.state !== 'taken_back') return false
  await lockReferralCode(tx, row.referrer_id)
  const now = new Date(tools.clock.nowMs())
  for (const moving of await rewardsOf(tx, accountId, tools)) {
    const given = await giveBack(tx, { ...moving, note: 'referral: what was bought stands again' }, now)
    assert(given.kind === 'posted', `a reward comes back once, and was told ${given.kind}`)
  }
  await countReward(tx, row.referrer_id, 1)
  await endReferral(tx, accountId, { state: 'rewarded', why: null, ended_at: now })
  return true
}

/** What was given for an account that came, as something to take back or to give back. */
async function rewardsOf(tx: Db, accountId: Uuid, { makeId }: OrderTools) {
  const given = await Promise.all(sides.map((side) => findGrant(tx, referenceOf(accountId, side))))
  return given.flatMap((each) => {
    const transferId = makeId()
    const reference = `referral:${accountId}:${transferId}`
    return each ? [{ transferId, of: each.transferId, kind: 'reversal', reference, amount: each.amount } as const] : []
  })
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
