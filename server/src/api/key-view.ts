import { z } from '@hono/zod-openapi'
import { assert } from '../core/assert.ts'
import type { Uuid } from '../core/ids.ts'
import { type NanoUsd, toCredits, toUsdNumber } from '../core/money.ts'
import type { Db } from '../platform/database/index.ts'
import type { ApiKey } from '../accounts/index.ts'
import { findKeySpends, type KeyUse, keyUses, type KeySpend, limitWindows, type LimitWindow } from '../credits/index.ts'
import {
  creditsOrNull,
  creditsText,
  keepingFields,
  keepingIn,
  rateFields,
  ratesIn,
  timeOrNull,
  timeText,
} from './fields.ts'

const usd = z.number().openapi({ description: 'USD, for display: the `*_credits` fields are exact.' })
const noBringYourOwn = z.literal(0)

/** What a key spent and has left: OpenRouter's fields, numbers in USD, and ours in exact credits. */
export const spendFields = {
  label: z.string().openapi({ example: 'sk-rp-Ab3...x9Z' }),
  limit: usd.nullable(),
  limit_remaining: usd.nullable(),
  limit_reset: z.enum(['daily', 'weekly', 'monthly']).nullable(),
  usage: usd,
  usage_daily: usd,
  usage_weekly: usd,
  usage_monthly: usd,
  include_byok_in_limit: z.literal(false),
  byok_usage: noBringYourOwn,
  byok_usage_daily: noBringYourOwn,
  byok_usage_weekly: noBringYourOwn,
  byok_usage_monthly: noBringYourOwn,
  creator_user_id: z.null(),
  expires_at: timeText.nullable(),
  limit_credits: creditsText.nullable(),
  limit_window: z.enum(limitWindows).openapi({ description: 'Calendar windows in UTC; weeks start on Monday.' }),
  limit_left_credits: creditsText.nullable(),
  call_cap_credits: creditsText.nullable().openapi({ description: 'The most that one call may cost.' }),
  spent_credits: creditsText,
  window_spent_credits: creditsText.openapi({ description: 'Spent in the window that runs now.' }),
  window_held_credits: creditsText.openapi({ description: 'Reserved for calls under way.' }),
}

/** A key as the management API shows it; `hash` and the fields above it are OpenRouter's. */
export const keySchema = z
  .object({
    id: z.string().openapi({ format: 'uuid' }),
    hash: z.string().openapi({ description: "The id under OpenRouter's name; not a hash of the secret." }),
    account_id: z.string().openapi({ format: 'uuid' }),
    workspace_id: z.string().openapi({ description: "The account under OpenRouter's name." }),
    kind: z.enum(['inference', 'management']),
    name: z.string(),
    disabled: z.boolean(),
    created_at: timeText,
    updated_at: z.null(),
    external_user: z.null(),
    previous_secret_until: timeText.nullable().openapi({ description: 'Until when the secret before still works.' }),
    allowed_models: z.array(z.string()).nullable(),
    allowed_providers: z.array(z.string()).nullable(),
    allowed_addresses: z.array(z.string()).nullable(),
    last_used_at: timeText.nullable().openapi({ description: 'When the newest call that has ended was begun.' }),
    last_used_app: z
      .string()
      .nullable()
      .openapi({ description: 'What that call said of its app: its title, else its address.' }),
    ...keepingFields,
    ...rateFields,
    ...spendFields,
  })
  .openapi('Key')

export type KeyView = z.input<typeof keySchema>

/** Shows keys with what they spent and have left at a moment, in their order. */
export async function keyViews(db: Db, keys: readonly ApiKey[], now: Date): Promise<KeyView[]> {
  const spends = await spendsOf(db, keys, now)
  return keys.map((key, at) => ({
    hash: key.id,
    workspace_id: key.accountId,
    updated_at: null,
    external_user: null,
    ...keySettings(key, now),
    ...spends[at]!.spend,
    last_used_at: timeOrNull(spends[at]!.use.lastAt),
    last_used_app: spends[at]!.use.lastApp ?? null,
  }))
}

/** What is set of a key: all but what it spent and what follows from that. */
export const keySettings = (key: ApiKey, now: Date) => ({
  id: key.id,
  account_id: key.accountId,
  kind: key.kind,
  name: key.name,
  disabled: key.disabled,
  created_at: key.createdAt.toISOString(),
  previous_secret_until: previousUntil(key, now),
  allowed_models: listOrNull(key.policy.models),
  allowed_providers: listOrNull(key.policy.providers),
  allowed_addresses: listOrNull(key.policy.addresses),
  ...keepingIn(key.keeping),
  ...ratesIn(key.rates),
  ...boundsIn(key),
})

const boundsIn = (key: ApiKey) => ({
  label: key.label,
  expires_at: timeOrNull(key.expiresAt),
  limit_credits: creditsOrNull(key.limit),
  limit_window: key.window,
  call_cap_credits: creditsOrNull(key.callCap),
})

const listOrNull = (list: readonly string[] | undefined) => (list ? [...list] : null)

const previousUntil = ({ previousUntil: until }: ApiKey, now: Date): string | null =>
  until && until > now ? until.toISOString() : null

type Spend = Pick<KeyView, keyof typeof spendFields>

/** What keys spent and have left, and how they were used, in their order. */
export async function spendsOf(db: Db, keys: readonly ApiKey[], now: Date): Promise<{ spend: Spend; use: KeyUse }[]> {
  const ids = keys.map(({ id }) => id)
  const spends = byKey(await findKeySpends(db, ids, now))
  const uses = byKey(await keyUses(db, ids, now))
  return keys.map((key) => {
    const [spend, use] = [spends.get(key.id), uses.get(key.id)]
    assert(spend !== undefined && use !== undefined, `key ${key.id} has a budget: both are made in one transaction`)
    return { spend: { ...boundsIn(key), ...inUsd(key, spend, use), ...inCredits(spend) }, use }
  })
}

const byKey = <Row extends { readonly keyId: Uuid }>(rows: readonly Row[]) =>
  new Map(rows.map((row) => [row.keyId, row]))

const resets = { total: null, day: 'daily', week: 'weekly', month: 'monthly' } as const satisfies Record<
  LimitWindow,
  unknown
>

const inUsd = (key: ApiKey, { limitLeft, totalSpent }: KeySpend, use: KeyUse) => ({
  limit: usdOrNull(key.limit),
  limit_remaining: usdOrNull(limitLeft),
  limit_reset: resets[key.window],
  usage: toUsdNumber(totalSpent),
  usage_daily: toUsdNumber(use.day),
  usage_weekly: toUsdNumber(use.week),
  usage_monthly: toUsdNumber(use.month),
  include_byok_in_limit: false as const,
  byok_usage: 0 as const,
  byok_usage_daily: 0 as const,
  byok_usage_weekly: 0 as const,
  byok_usage_monthly: 0 as const,
  creator_user_id: null,
})

const inCredits = ({ limitLeft, totalSpent, windowSpent, windowHeld }: KeySpend) => ({
  limit_left_credits: creditsOrNull(limitLeft),
  spent_credits: toCredits(totalSpent),
  window_spent_credits: toCredits(windowSpent),
  window_held_credits: toCredits(windowHeld),
})

const usdOrNull = (amount: NanoUsd | undefined): number | null => (amount === undefined ? null : toUsdNumber(amount))
