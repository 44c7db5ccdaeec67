import { z } from '@hono/zod-openapi'
import { limitWindows } from '../../credits/index.ts'
import { creditsField, idField, nameField, timeField } from '../fields.ts'

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
