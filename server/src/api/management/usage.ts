import { z } from '@hono/zod-openapi'
import { add, type NanoUsd, toCredits, toUsd, zero } from '../../core/money.ts'
import { type Usage, usageBy, type UsageDimension, usageDimensions } from '../../credits/index.ts'
import { accountsMeant } from '../auth.ts'
import { invalid } from '../faults.ts'
import { creditsText, idField, timeField } from '../fields.ts'
import { unitsSchema } from '../generation.ts'
import { labelFields, labelsAsked } from '../label-filter.ts'
import { type AnyOperation, operation } from '../operation.ts'

const groupsMax = 10_000

const usage = z
  .object({
    key_id: z.string().optional(),
    model: z.string().optional(),
    day: z.string().optional().openapi({ description: 'UTC.', example: '2026-01-31' }),
    status: z.number().int().optional().openapi({ description: 'HTTP status as the caller saw it; 499 for an abort.' }),
    user: z.string().optional().openapi({ description: 'Empty for calls that named none.' }),
    session_id: z.string().optional(),
    app: z.string().optional().openapi({ description: 'The title of the app, else its address.' }),
    calls: z.number().int(),
    units: unitsSchema,
    credits: creditsText,
    usd: z.string(),
  })
  .openapi('Usage', { description: 'Fields that were not grouped by are absent.' })

const isGroup = (name: string): name is UsageDimension => usageDimensions.some((known) => known === name)

const groupsField = z
  .string()
  .default('day,model')
  .transform((text, context) => {
    const names = [...new Set(text.split(','))]
    if (names.every(isGroup)) return names
    context.addIssue({ code: 'custom', message: `must be some of ${usageDimensions.join(', ')}, separated by commas` })
    return z.NEVER
  })
  .openapi({ type: 'string', description: `Some of ${usageDimensions.join(', ')}, separated by commas.` })

const getUsage = operation({
  id: 'getUsage',
  method: 'get',
  path: '/usage',
  tag: 'Usage',
  summary: 'Sum up what was used and charged',
  description:
    'Summed from the receipts themselves, so it equals the ledger. Begin with few groups: at most 10,000 are answered. ' +
    'A search by labels (`trace_id`, `user`, `metadata` ...) looks at the last 31 days unless `from` is given.',
  allowed: 'management',
  query: z.strictObject({
    group_by: groupsField,
    account_id: idField.optional().openapi({ description: 'Absent: the own account; for the operator, all.' }),
    key_id: idField.optional(),
    from: timeField.optional().openapi({ description: 'Calls begun from then on.' }),
    to: timeField.optional().openapi({ description: 'Calls begun before then.' }),
    ...labelFields,
  }),
  answer: z.object({
    data: z.array(usage),
    total: z.object({ calls: z.number().int(), credits: creditsText, usd: z.string() }),
  }),
  run: async ({ api, db, bearer, query }) => {
    const { group_by: groupBy, key_id: keyId, to } = query
    const { labels, from } = labelsAsked(query, query.from, api.clock.nowMs())
    if (from && to && from >= to) throw invalid('from: must be before to', 'from')
    const accountId = accountsMeant(bearer, query.account_id)
    const rows = await usageBy(db, { accountId, keyId, from, to, labels, groupBy })
    if (rows.length > groupsMax)
      throw invalid(`group_by: more than ${groupsMax} groups; ask for fewer or a shorter time`, 'group_by')
    const charged = rows.reduce((sum, row) => add(sum, row.charged), zero)
    const calls = rows.reduce((sum, row) => sum + row.calls, 0)
    return { data: rows.map(inWords), total: { calls, ...money(charged) } }
  },
})

export const usageOperations: readonly AnyOperation[] = [getUsage]

const inWords = ({
  key,
  model,
  day,
  status,
  user,
  session,
  app,
  calls,
  units,
  charged,
}: Usage): z.input<typeof usage> => ({
  ...(key !== undefined && { key_id: key }),
  ...(model !== undefined && { model }),
  ...(day !== undefined && { day }),
  ...(status !== undefined && { status }),
  ...(user !== undefined && { user }),
  ...(session !== undefined && { session_id: session }),
  ...(app !== undefined && { app }),
  calls,
  units,
  ...money(charged),
})

const money = (amount: NanoUsd) => ({ credits: toCredits(amount), usd: toUsd(amount) })
