import { z } from '@hono/zod-openapi'
import { quantizations } from '../../catalog/index.ts'

const whole = (description: string) => z.int().min(1).max(1_000_000_000).optional().openapi({ description })

const providerFacts = {
  zdr: z
    .boolean()
    .optional()
    .openapi({ description: 'Zero data retention: nothing of a call is kept. Absent: it is.' }),
  data_collection: z
    .enum(['allow', 'deny'])
    .optional()
    .openapi({ description: '`deny`: prompts are not trained on. Absent: they are.' }),
  region: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, { error: 'small letters, digits and dashes, at most 64' })
    .optional()
    .openapi({ description: 'Where it runs; callers may name it as `provider/region`.', example: 'eu-west-1' }),
}

/** What the router decides by, for everything that a provider serves. */
export const providerFactsField = z
  .strictObject(providerFacts)
  .openapi({ description: 'What the router decides by; absent means not known. Replaced as a whole.' })

/** The same of one offer, and what only an offer has. */
export const offerFactsField = z
  .strictObject({
    ...providerFacts,
    quantization: z.enum(quantizations).optional(),
    context_length: whole("Tokens of prompt and output together, where it is not the model's own."),
    output_tokens_max: whole("Where it is not the model's own."),
    concurrency_max: whole('The most calls that one gateway process has open here at once.'),
    requests_per_minute_max: whole('The most calls that one gateway process sends here in a minute.'),
  })
  .openapi({ description: "What the router decides by; goes before the provider's. Replaced as a whole." })
