import { z } from '@hono/zod-openapi'
import type { KeepingChange, KeyFilter, PolicyChange } from '../../accounts/index.ts'
import { isNetwork } from '../../platform/http/index.ts'
import { limitWindows } from '../../credits/index.ts'
import { limitInUsd } from './keys-in-usd.ts'
import {
  creditsField,
  idField,
  keepingFields,
  nameField,
  positiveCreditsField,
  rateFields,
  timeField,
} from '../fields.ts'

const orNull = { type: ['string', 'null'] as ['string', 'null'] }
const limit = creditsField.nullable().openapi({ ...orNull, description: 'Decimal credits; null for no limit.' })
const callCap = creditsField.nullable().openapi({ ...orNull, description: 'Decimal credits; null for no cap.' })
const expiresAt = timeField
  .nullable()
  .openapi({ ...orNull, description: 'When the key stops working; null for never.' })
const window = z.enum(limitWindows, { error: `must be one of ${limitWindows.join(', ')}` })

const listMax = 100
const orNullList = { type: ['array', 'null'] as ['array', 'null'] }

const listField = (entry: z.ZodString, description: string) =>
  z
    .array(entry)
    .min(1, { error: 'must not be empty: null allows everything' })
    .max(listMax, { error: `at most ${listMax}` })
    .nullable()
    .openapi({ ...orNullList, description: `${description} Null: all.` })

const pattern = (what: string, characters: RegExp) =>
  z
    .string()
    .min(1)
    .max(200)
    .regex(characters, { error: `must be ${what}, in which * may stand for any characters` })

/** Whom a key may reach, and from where. */
const policy = {
  allowed_models: listField(
    pattern('an id of models', /^[A-Za-z0-9._:@/*-]+$/),
    'Ids of models that it may call, with * for any characters: openai/*.',
  ),
  allowed_providers: listField(
    pattern('a name of providers', /^[A-Za-z0-9._*-]+$/),
    'Names of providers that may serve it, with * for any characters.',
  ),
  allowed_addresses: listField(
    z.string().refine(isNetwork, { error: 'must be an address or a network such as 10.0.0.0/8 or 2001:db8::/32' }),
    'Addresses and networks from which it may be used.',
  ),
}

const bounds = {
  ...z.object(policy).partial().shape,
  ...z.object(keepingFields).partial().shape,
  ...limitInUsd,
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
  workspace_id: idField.optional().openapi({ description: "`account_id`, as OpenRouter's clients call it." }),
  kind: z.enum(['inference', 'management']).default('inference'),
  ...bounds,
})

export const keyChange = z.strictObject({
  name: nameField.optional(),
  disabled: z.boolean().optional(),
  ...bounds,
  limit_add_credits: positiveCreditsField.optional().openapi({
    description: 'Raises the limit by so much, whatever it is by then; instead of `limit_credits`.',
  }),
})

/** Query fields that narrow a list of keys; all that are given must match. */
export const keyFilterFields = {
  kind: z.enum(['inference', 'management'], { error: 'must be inference or management' }).optional(),
  search: nameField.optional().openapi({ description: 'A part of its name or label, in any case.' }),
  state: z
    .enum(['active', 'frozen', 'expired'], { error: 'must be active, frozen or expired' })
    .optional()
    .openapi({ description: 'A key that is frozen and expired is frozen.' }),
}

type KeyQuery = z.output<z.ZodObject<typeof keyFilterFields>>

/** The filter that a query asks for, with states as of a moment. */
export const keysAsked = ({ kind, search, state }: KeyQuery, at: Date): KeyFilter => ({
  kind,
  search,
  state: state && { is: state, at },
})

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

type PolicyBody = Partial<Readonly<Record<keyof typeof policy, readonly string[] | null | undefined>>>

export const policyChange = (body: PolicyBody): PolicyChange => ({
  models: body.allowed_models,
  providers: body.allowed_providers,
  addresses: body.allowed_addresses,
})

type KeepingBody = {
  readonly cache_seconds?: number | null | undefined
  readonly store_answers?: boolean | null | undefined
}

export const keepingChange = (body: KeepingBody): KeepingChange => ({
  cacheSeconds: body.cache_seconds,
  storeAnswers: body.store_answers,
})
