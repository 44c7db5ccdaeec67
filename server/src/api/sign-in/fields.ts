import { z } from '@hono/zod-openapi'

/** An address that mail can go to, in small letters: mailboxes that differ in those only are one. */
export const emailField = z
  .string()
  .trim()
  .max(254, { error: 'at most 254 characters' })
  .toLowerCase()
  .pipe(z.email({ error: 'must be an address such as ada@example.com' }))
  .openapi({ type: 'string', format: 'email' })

/** People copy codes with spaces. */
export const codeField = z
  .string()
  .max(20)
  .transform((text) => text.replaceAll(/[\s-]/g, ''))
  .refine((text) => /^\d{6}$/.test(text), { error: 'must be six digits' })
  .openapi({ type: 'string', example: '123456' })

/** The token of an invitation, for somebody new. */
export const invitationField = z
  .string()
  .max(200)
  .optional()
  .openapi({ description: 'The token of an invitation. Somebody new joins its account at once.' })
