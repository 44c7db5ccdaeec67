import { z } from '@hono/zod-openapi'
import { limitWindows } from '../../credits/index.ts'
import { creditsField, idField, nameField, rateFields, timeField } from '../fields.ts'

const orNull = { type: ['string', 'null'] as ['string', 'null'] }
const limit = creditsField.nullable().openapi({ ...orNull, description: 'Decimal credits; null for no limit.' })
const callCap = creditsField.nullable().openapi({ ...orNull, description: 'Decimal credits; null for no cap.' })
const expiresAt = timeField
  .nullable()
  .openapi({ ...orNull, description: 'When the key stops working; null for never.' })
const window = z.enum(limitWindows, { error: `must be one of ${limitWindows.join(', ')}` })

const bounds = {
  limit_credits: limit.optional(),
  limit_window: window.optional(),
  call_cap_credits: callCap.optional(),
  expires_at: expiresAt.optional(),
  ...z.object(rateFields).partial().shape,
}

export const newKey = z.strictObject({
  name: nameField,
  account_id: idField
    .optional()
    .openapi({ description: "Of another account: the operator only. Else the caller's own." }),
  kind: z.enum(['inference', 'management']).default('inference'),
  ...bounds,
})

export const keyChange = z.strictObject({ name: nameField.optional(), disabled: z.boolean().optional(), ...bounds })

const overlapSecondsMax = 30 * 86_400

export const rotation = z.strictObject({
  overlap_seconds: z
    .number()
    .int()
    .min(0)
    .max(overlapSecondsMax, { error: `at most ${overlapSecondsMax}, which are 30 days` })
    .default(86_400)
    .openapi({ description: 'For how long the secret before still works; a day unless said.' }),
})
