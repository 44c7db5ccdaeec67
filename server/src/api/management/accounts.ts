import { z } from '@hono/zod-openapi'
import { assert } from '../../core/assert.ts'
import { AppError } from '../../core/errors.ts'
import { isUuid } from '../../core/ids.ts'
import { toCredits } from '../../core/money.ts'
import type { Db } from '../../platform/database/index.ts'
import { type Account, changeAccount, createAccount, listAccounts } from '../../accounts/index.ts'
import { type Balance, balanceOf, balancesOf, owingAccounts } from '../../credits/index.ts'
import { knownAccountId } from '../auth.ts'
import { notFound } from '../faults.ts'
import {
  creditsText,
  dataOf,
  idField,
  nameField,
  rateChange,
  rateFields,
  ratesIn,
  timeOrNull,
  timeText,
} from '../fields.ts'
import { type AnyOperation, operation } from '../operation.ts'
import { fromCursor, pageFields, pageFrom, pageOf } from '../pages.ts'
import { accountThere } from './account-there.ts'

const balance = z
  .object({
    available: creditsText.openapi({ description: 'What can be spent now.' }),
    held: creditsText.openapi({ description: 'Reserved for calls under way.' }),
    spent: creditsText,
    purchased: creditsText,
    granted: creditsText,
    earned: creditsText,
    owed: creditsText.openapi({
      description:
        'Spent before the payment was given back. Taken out of the next credits; until then the account can start no call.',
    }),
  })
  .openapi('Balance')

export const account = z
  .object({
    id: z.string().openapi({ format: 'uuid' }),
    name: z.string(),
    kind: z.enum(['customer', 'operator']),
    frozen: z.boolean().openapi({ description: 'A frozen account keeps its balance and can start no call.' }),
    created_at: timeText,
    deleted_at: timeText.nullable().openapi({ description: 'Since when nothing is left but its history.' }),
    ...rateFields,
    credits: balance,
  })
  .openapi('Account')

const tag = 'Accounts'
export const accountParams = z.strictObject({ id: idField })

const postAccount = operation({
  id: 'createAccount',
  method: 'post',
  path: '/accounts',
  tag,
  summary: 'Create an account',
  allowed: 'operator',
  body: z.strictObject({ name: nameField }),
  answer: dataOf(account),
  status: 201,
  audit: { kind: 'account' },
  run: async ({ api, db, body }) => {
    const createdAt = new Date(api.clock.nowMs())
    const created = await createAccount(db, { id: api.makeId(), name: body.name, kind: 'customer', createdAt })
    return { data: await withBalance(db, created) }
  },
})

const getAccounts = operation({
  id: 'listAccounts',
  method: 'get',
  path: '/accounts',
  tag,
  summary: 'List accounts, newest first',
  allowed: 'operator',
  query: z.strictObject({
    ...pageFields,
    q: nameField.optional().openapi({ description: 'A part of the name, or the id.' }),
    owing: z.literal('true').optional().openapi({ description: 'Only accounts that owe something.' }),
  }),
  answer: pageOf(account),
  run: async ({ db, query }) => {
    const [beforeId] = fromCursor(query.cursor, [isUuid]) ?? []
    const among = query.owing && (await owingAccounts(db))
    const rows = await listAccounts(db, { beforeId, named: query.q, among, limit: query.limit + 1 })
    const balances = await balancesOf(
      db,
      rows.map(({ id }) => id),
    )
    const entries = rows.map((row) => viewOf(row, balances.get(row.id)))
    return pageFrom(entries, query.limit, { entry: (entry) => entry, position: ({ id }) => [id] })
  },
})

const getAccount = operation({
  id: 'getAccount',
  method: 'get',
  path: '/accounts/{id}',
  tag,
  summary: 'Get an account and its balance',
  allowed: 'management',
  params: accountParams,
  answer: dataOf(account),
  run: async ({ db, bearer, params }) => ({ data: await withBalance(db, await accountThere(db, bearer, params.id)) }),
})

const patchAccount = operation({
  id: 'changeAccount',
  method: 'patch',
  path: '/accounts/{id}',
  tag,
  summary: 'Rename, freeze or unfreeze an account, or change its limits',
  description: 'Owners and admins rename; the rest is for the operator.',
  allowed: 'management',
  permission: 'members',
  params: accountParams,
  body: z.strictObject({
    name: nameField.optional(),
    frozen: z.boolean().optional(),
    ...z.object(rateFields).partial().shape,
  }),
  answer: dataOf(account),
  target: ({ db, bearer, params }) => accountThere(db, bearer, params.id),
  audit: { kind: 'account', before: settingsOf },
  run: async ({ db, bearer, params, body: { name, ...rest } }) => {
    if (bearer.role !== 'operator' && Object.values(rest).some((value) => value !== undefined)) {
      throw new AppError('not_allowed', { message: 'Only the operator freezes accounts and sets their limits.' })
    }
    if (rest.frozen === true && knownAccountId(bearer) === params.id) {
      throw new AppError('conflict', { message: 'The operator cannot freeze its own account.', param: 'frozen' })
    }
    const changed = await changeAccount(db, params.id, {
      name,
      frozen: rest.frozen,
      rates: rateChange(rest),
    })
    if (!changed) throw notFound('account')
    return { data: await withBalance(db, changed) }
  },
})

export const accountOperations: readonly AnyOperation[] = [postAccount, getAccounts, getAccount, patchAccount]

export const withBalance = async (db: Db, found: Account): Promise<z.input<typeof account>> =>
  viewOf(found, await balanceOf(db, found.id))

function viewOf(found: Account, credits: Balance | undefined): z.input<typeof account> {
  assert(credits !== undefined, `account ${found.id} has a balance: both are made in one transaction`)
  return { ...settingsOf(found), credits: inCredits(credits) }
}

export function settingsOf({ id, name, kind, frozen, rates, createdAt, deletedAt }: Account) {
  const times = { created_at: createdAt.toISOString(), deleted_at: timeOrNull(deletedAt) }
  return { id, name, kind, frozen, ...times, ...ratesIn(rates) }
}

const inCredits = ({ available, held, spent, purchased, granted, earned, owed }: Balance) => ({
  available: toCredits(available),
  held: toCredits(held),
  spent: toCredits(spent),
  purchased: toCredits(purchased),
  granted: toCredits(granted),
  earned: toCredits(earned),
  owed: toCredits(owed),
})
