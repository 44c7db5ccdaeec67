import type { Uuid } from '../../core/ids.ts'
import type { Db } from '../../platform/database/index.ts'
import { type Account, findAccount, keepAccount } from '../../accounts/index.ts'
import { accountMeant, type Bearer } from '../auth.ts'
import { notFound } from '../faults.ts'

/**
 * The account of a request, where the bearer may see it and it exists; else 404. In a transaction, which is where things
 * change, one that nobody deletes until its end.
 */
export async function accountThere(db: Db, bearer: Bearer, id: Uuid | undefined): Promise<Account> {
  const meant = accountMeant(bearer, id)
  const account = db.isTransaction ? await keepAccount(db, meant) : await findAccount(db, meant)
  if (!account) throw notFound('account')
  return account
}
