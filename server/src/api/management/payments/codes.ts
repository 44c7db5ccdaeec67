import { z } from '@hono/zod-openapi'
import { AppError } from '../../../core/errors.ts'
import { toCredits } from '../../../core/money.ts'
import { tooMany, tooManyFrom } from '../../../accounts/index.ts'
import {
  changeCode,
  type Code,
  createCode,
  findCode,
  listCodes,
  listRedemptions,
  redeem,
  type Redeemed,
} from '../../../payments/index.ts'
import { inTransaction } from '../../../platform/transaction.ts'
import { noteChange } from '../../audit/note.ts'
import { requirePermission } from '../../auth.ts'
import { notFound } from '../../faults.ts'
import {
  creditsText,
  dataOf,
  idField,
  nameField,
  positiveCreditsField,
  refusePast,
  timeField,
  timeOrNull,
  timeText,
} from '../../fields.ts'
import { type AnyOperation, operation } from '../../operation.ts'
import type { ApiOptions } from '../../options.ts'
import { pageFields, pageFrom, pageOf } from '../../pages.ts'
import { accountThere } from '../account-there.ts'
import { accountParams } from '../accounts.ts'
import { idIn } from './orders.ts'

const tag = 'Codes'
const params = z.strictObject({ id: idField })

const schema = z
  .object({
    id: z.string().openapi({ format: 'uuid' }),
    label: z.string().openapi({ description: 'Its first letters.', example: 'RP-7K2M...' }),
    credits: creditsText,
    uses_max: z.number().int(),
    uses: z.number().int(),
    repeatable: z.boolean().openapi({ description: 'Whether an account may redeem it more than once.' }),
    note: z.string(),
    expires_at: timeText.nullable(),
    credits_expire_at: timeText.nullable(),
    disabled: z.boolean(),
    created_at: timeText,
  })
  .openapi('RedemptionCode')

const postCode = operation({
  id: 'createCode',
  method: 'post',
  path: '/codes',
  tag,
  summary: 'Make a code that is worth credits',
  description: 'Its text is told here, once; what is kept is a keyed hash of it.',
  allowed: 'operator',
  body: z.strictObject({
    credits: positiveCreditsField,
    uses_max: z
      .number()
      .int()
      .min(1)
      .max(1_000_000)
      .default(1)
      .openapi({ description: 'How often it can be redeemed.' }),
    repeatable: z.boolean().default(false),
    note: nameField,
    expires_at: timeField.optional(),
    credits_expire_at: timeField.optional(),
  }),
  answer: z.object({ code: z.string().openapi({ example: 'RP-7K2M-Q4XT-09AB-CDEF' }), data: schema }),
  status: 201,
  audit: { kind: 'code' },
  run: async ({ api, db, body }) => {
    refusePast('expires_at', body.expires_at, api.clock)
    refusePast('credits_expire_at', body.credits_expire_at, api.clock)
    const { code, text } = await createCode(
      db,
      {
        ...{ amount: body.credits, usesMax: body.uses_max, repeatable: body.repeatable, note: body.note },
        ...{ expiresAt: body.expires_at, creditsExpireAt: body.credits_expire_at },
      },
      api,
    )
    return { code: text, data: inWords(code) }
  },
})

const getCodes = operation({
  id: 'listCodes',
  method: 'get',
  path: '/codes',
  tag,
  summary: 'List codes that are worth credits, newest first',
  allowed: 'operator',
  query: z.strictObject(pageFields),
  answer: pageOf(schema),
  run: async ({ db, query }) => {
    const rows = await listCodes(db, { beforeId: idIn(query.cursor), limit: query.limit + 1 })
    return pageFrom(rows, query.limit, { entry: inWords, position: ({ id }) => [id] })
  },
})

const patchCode = operation({
  id: 'changeCode',
  method: 'patch',
  path: '/codes/{id}',
  tag,
  summary: 'Turn a code off or on, or change its note',
  allowed: 'operator',
  params,
  body: z.strictObject({ disabled: z.boolean().optional(), note: nameField.optional() }),
  answer: dataOf(schema),
  target: async ({ db, params: { id } }) => {
    const code = await findCode(db, id)
    if (!code) throw notFound('code')
    return code
  },
  audit: { kind: 'code', before: (code: Code) => inWords(code) },
  run: async ({ db, target, body }) => {
    const changed = await changeCode(db, target.id, body)
    if (!changed) throw notFound('code')
    return { data: inWords(changed) }
  },
})

const getRedemptions = operation({
  id: 'listRedemptions',
  method: 'get',
  path: '/codes/{id}/redemptions',
  tag,
  summary: 'List who redeemed a code, newest first',
  allowed: 'operator',
  params,
  query: z.strictObject(pageFields),
  answer: pageOf(
    z.object({
      id: z.string().openapi({ format: 'uuid', description: 'The transfer that brought the credits.' }),
      account_id: z.string().openapi({ format: 'uuid' }),
      at: timeText,
    }),
  ),
  run: async ({ db, params: { id }, query }) => {
    if (!(await findCode(db, id))) throw notFound('code')
    const rows = await listRedemptions(db, id, { beforeId: idIn(query.cursor), limit: query.limit + 1 })
    const entry = (row: (typeof rows)[number]) => ({ id: row.id, account_id: row.accountId, at: row.at.toISOString() })
    return pageFrom(rows, query.limit, { entry, position: (row) => [row.id] })
  },
})

const postRedemption = operation({
  id: 'redeemCode',
  method: 'post',
  path: '/accounts/{id}/redemptions',
  tag,
  summary: 'Turn a code into credits',
  description: 'Ten tries in ten minutes for each account, right or wrong; two hundred for each address.',
  allowed: 'management',
  permission: 'billing',
  params: accountParams,
  body: z.strictObject({
    code: z
      .string()
      .max(100, { error: 'at most 100 characters' })
      .openapi({ description: 'As it was told, in any case.', example: 'RP-7K2M-Q4XT-09AB-CDEF' }),
  }),
  answer: dataOf(
    z.object({ transfer_id: z.string().openapi({ format: 'uuid' }), credits: creditsText }).openapi('Redemption'),
  ),
  status: 201,
  unrepeatable: true,
  audit: 'itself',
  run: async (request) => {
    const { api, bearer, browser, body } = request
    // A try counts whatever becomes of it, so it is not part of what may be undone.
    const { db } = api.database
    const { id: accountId } = await accountThere(db, bearer, request.params.id)
    requirePermission(bearer, 'billing', accountId)
    await countTry(api, accountId, browser.address)
    return inTransaction(db, async (tx) => {
      const asked = { accountId, personId: bearer.session?.person.id, text: body.code }
      const redeemed = await redeem(tx, asked, api)
      if (redeemed.kind !== 'redeemed') throw refusalOf(redeemed)
      const { code, transferId, amount } = redeemed
      const change = { kind: 'code', accountId, before: undefined, after: inWords(code) } as const
      await noteChange(tx, request, { action: 'redeemCode', ...change })
      return { data: { transfer_id: transferId, credits: toCredits(amount) } }
    })
  },
})

export const codeOperations: readonly AnyOperation[] = [postCode, getCodes, patchCode, getRedemptions, postRedemption]

async function countTry(api: ApiOptions, accountId: string, address: string | undefined): Promise<void> {
  const tools = { db: api.database.db, secrets: api.secrets, clock: api.clock }
  const waits = [await tooMany(tools, 'redeem', accountId), await tooManyFrom(tools, 'redeemFrom', address)]
  const seconds = Math.max(...waits.map((wait) => wait ?? 0))
  if (seconds > 0)
    throw new AppError('rate_limit_exceeded', {
      message: 'Too many codes were tried. Try again later.',
      metadata: { limit: 'redemptions' },
      retryAfterSeconds: seconds,
    })
}

const refusals = {
  unknown: 'There is no such code.',
  expired: 'This code has expired.',
  'used-up': 'This code was used up.',
  'used-here': 'This account has redeemed this code already.',
} as const

const refusalOf = ({ kind }: Exclude<Redeemed, { kind: 'redeemed' }>) =>
  new AppError(kind === 'unknown' ? 'not_found' : 'conflict', { message: refusals[kind], param: 'code' })

const inWords = (code: Code): z.input<typeof schema> => ({
  id: code.id,
  label: code.label,
  credits: toCredits(code.amount),
  uses_max: code.usesMax,
  uses: code.uses,
  repeatable: code.repeatable,
  note: code.note,
  expires_at: timeOrNull(code.expiresAt),
  credits_expire_at: timeOrNull(code.creditsExpireAt),
  disabled: code.disabled,
  created_at: code.createdAt.toISOString(),
})
