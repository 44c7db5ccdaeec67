import type { Uuid } from '../../core/ids.ts'
import type { Db } from '../../platform/database/index.ts'
import { type Account, findAccount } from '../../accounts/index.ts'
import { accountMeant, type Bearer } from '../auth.ts'
import { notFound } from '../faults.ts'

/** The account of a path, where the bearer may see it and it exists; else 404. */
export async function accountThere(db: Db, bearer: Bearer, id: Uuid): Promise<Account> {
  const account = await findAccount(db, accountMeant(bearer, id))
  if (!account) throw notFound('account')
  return account
}
