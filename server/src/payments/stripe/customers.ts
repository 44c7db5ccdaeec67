import { findAccounts } from '../../accounts/index.ts'
import type { Uuid } from '../../core/ids.ts'
import { faultOf } from './faults.ts'
import { several } from './several.ts'
import {
  findCustomerRow,
  insertCustomer,
  type KnownCustomer,
  listIdleCustomers,
  updateCustomer,
} from './store/customers.ts'
import { nowOf, type StripeTools } from './tools.ts'

/** Whose receipts and invoices they are. */
export type Payer = { readonly accountId: Uuid; readonly name: string; readonly email: string | undefined }

/** The account's customer at Stripe; `undefined`: there is none yet. */
export const findCustomerId = async ({ db, settings }: StripeTools, accountId: Uuid): Promise<string | undefined> =>
  (await findCustomerRow(db, { account_id: accountId, livemode: settings.isLive }))?.customer_id ?? undefined

/** The same, made where it is not there or not there any more. Two who ask at once are told the same one. */
export async function customerOf(tools: StripeTools, payer: Payer): Promise<string> {
  const { db, settings, makeId } = tools
  const mode = { account_id: payer.accountId, livemode: settings.isLive }
  await insertCustomer(db, { ...mode, claim_id: makeId(), customer_id: null, created_at: nowOf(tools) })
  const row = await findCustomerRow(db, mode)
  if (row!.customer_id !== null) {
    if (await isThere(tools, row!.customer_id)) return row!.customer_id
    await updateCustomer(db, row!, { claim_id: makeId(), customer_id: null })
  }
  const { claim_id: claimId } = (await findCustomerRow(db, mode))!
  return makeCustomer(tools, payer, claimId)
}

/** Customers that were deleted at Stripe, or belong to another account of Stripe's, are not there. */
async function isThere({ stripe }: StripeTools, customerId: string): Promise<boolean> {
  try {
    return (await stripe.customers.retrieve(customerId)).deleted !== true
  } catch (error) {
    if (faultOf(error)?.kind === 'missing') return false
    throw error
  }
}

/** What is asked under the key is always the same; name and mailbox, which change, are set after it. */
async function makeCustomer(tools: StripeTools, { accountId, name, email }: Payer, claimId: Uuid): Promise<string> {
  const { stripe, db, settings } = tools
  const { id } = await stripe.customers.create(
    { metadata: { redpill_account: accountId } },
    { idempotencyKey: `customer:${claimId}` },
  )
  await stripe.customers.update(id, { name, ...(email !== undefined && { email }) })
  const mode = { account_id: accountId, livemode: settings.isLive, claim_id: claimId }
  await updateCustomer(db, mode, { customer_id: id })
  return id
}

const pageRows = 500

/**
 * A job: deletes at Stripe the customers of accounts that were deleted, with their saved cards; the payments stay there. No
 * deletion waits for it, and what fails is tried again. Returns how many.
 */
export async function forgetCustomers(tools: StripeTools): Promise<number> {
  const { db, settings } = tools
  let forgotten = 0
  for (let afterId: Uuid | undefined; ;) {
    const rows = await listIdleCustomers(db, { livemode: settings.isLive, afterId, limit: pageRows })
    const accounts = await findAccounts(
      db,
      rows.map(({ account_id: id }) => id),
    )
    const gone = new Set(accounts.filter(({ deletedAt }) => deletedAt !== undefined).map(({ id }) => id))
    const due = rows.filter(({ account_id: id }) => gone.has(id))
    await several(due, async (row) => {
      forgotten += (await forget(tools, row)) ? 1 : 0
    })
    afterId = rows.at(-1)?.account_id
    if (rows.length < pageRows) return forgotten
  }
}

/** `false`: it is tried again. */
async function forget({ stripe, db, log }: StripeTools, row: KnownCustomer): Promise<boolean> {
  try {
    await stripe.customers.del(row.customer_id)
  } catch (error) {
    if (faultOf(error)?.kind !== 'missing') {
      const why = error instanceof Error ? error.message : String(error)
      log.warn('the customer of a deleted account is still at Stripe', { account: row.account_id, why })
      return false
    }
  }
  await updateCustomer(db, row, { customer_id: null })
  return true
}
