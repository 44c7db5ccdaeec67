import { z } from '@hono/zod-openapi'
import { toCredits } from '../core/money.ts'
import type { Movement } from '../credits/index.ts'
import { creditsText, timeText } from './fields.ts'

export const movementSchema = z
  .object({
    sequence: z.string().openapi({ description: 'Counts the movements of the account, without gaps.' }),
    at: timeText,
    kind: z.string().openapi({ example: 'usage' }),
    reference: z.string().openapi({ description: 'The generation of a charge, else what the movement was called by.' }),
    credits: creditsText.openapi({ description: 'What came in is positive, what was spent negative.' }),
    balance_after: creditsText,
    note: z.string().nullable(),
  })
  .openapi('Movement')

/** A line of the ledger as the API tells it. */
export const movementView = ({
  sequence,
  at,
  kind,
  reference,
  amount,
  balanceAfter,
  note,
}: Movement): z.input<typeof movementSchema> => ({
  sequence: String(sequence),
  at: at.toISOString(),
  kind,
  reference,
  credits: toCredits(amount),
  balance_after: toCredits(balanceAfter),
  note: note ?? null,
})
