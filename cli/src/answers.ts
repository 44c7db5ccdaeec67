/** What the API answers, as far as this program reads it; docs/openapi.json has the whole. Amounts are decimal texts. */

export type Data<Entry> = { readonly data: Entry }
export type Page<Entry> = { readonly data: readonly Entry[]; readonly next_cursor?: string | null }

/** Null: as the server is set; 0: no limit. */
export type Rates = Readonly<Record<'requests_per_minute' | 'tokens_per_minute' | 'parallel_max', number | null>>

export type Account = Rates & {
  readonly id: string
  readonly name: string
  readonly kind: string
  readonly frozen: boolean
  readonly created_at: string
  readonly credits: Balance
}

export type Balance = Readonly<Record<'available' | 'held' | 'spent' | 'purchased' | 'granted' | 'earned', string>>

export type OwnCredits = Readonly<Record<`${keyof Balance}_credits`, string>>

export type SignInCode = Readonly<Record<'email' | 'code' | 'created_at' | 'expires_at', string>>

export type Whoami = {
  readonly role: 'operator' | 'manager' | 'caller'
  readonly account: { readonly id: string; readonly name: string; readonly frozen: boolean }
  readonly key: { readonly id: string; readonly name: string; readonly label: string }
}

export type Key = Rates & {
  readonly allowed_models: readonly string[] | null
  readonly allowed_providers: readonly string[] | null
  readonly allowed_addresses: readonly string[] | null
  readonly cache_seconds: number | null
  readonly store_answers: boolean | null
  readonly id: string
  readonly account_id: string
  readonly kind: string
  readonly name: string
  readonly label: string
  readonly disabled: boolean
  readonly created_at: string
  readonly expires_at: string | null
  readonly previous_secret_until: string | null
  readonly limit_credits: string | null
  readonly limit_window: string
  readonly limit_left_credits: string | null
  readonly call_cap_credits: string | null
  readonly spent_credits: string
  readonly window_spent_credits: string
  readonly window_held_credits: string
}

export type IssuedKey = { readonly key: string; readonly data: Key }

export type Movement = {
  readonly at: string
  readonly kind: string
  readonly reference: string
  readonly credits: string
  readonly balance_after: string
  readonly note: string | null
}

export type Transfer = {
  readonly id: string
  readonly credits: string
  readonly reason: string
  readonly balance_after: string
}

export type Provider = {
  readonly id: string
  readonly name: string
  readonly dialect: string
  readonly base_url: string
  readonly has_api_key: boolean
  readonly allow_private: boolean
  readonly source: string
  readonly disabled: boolean
  readonly available: boolean
}

/** An account's own key at a provider. */
export type ProviderKey = {
  readonly id: string
  readonly account_id: string
  readonly provider: string
  readonly label: string
  readonly fallback: boolean
  readonly created_at: string
}

export type ProviderTest = { readonly ok: boolean; readonly models: readonly string[]; readonly why: string | null }

export type ListedModel = {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly aliases: readonly string[]
  readonly context_length: number | null
  readonly architecture: { readonly output_modalities: readonly string[] }
  readonly pricing: Pricing
  readonly pricing_credits: Pricing
}

/** Per single unit, by OpenRouter's names of the classes. */
export type Pricing = Readonly<Record<string, string>>

export type ManagedModel = {
  readonly id: string
  readonly disabled: boolean
  readonly output_modalities: readonly string[]
}

export type Offer = {
  readonly id: string
  readonly model_id: string
  readonly provider_id: string
  readonly provider_name: string
  readonly upstream_model: string
  readonly provider_share_bps: number
  readonly disabled: boolean
  readonly available: boolean
}

export type Price = {
  readonly id: string
  readonly model_id: string
  readonly offer_id: string | null
  readonly class: string
  readonly usd_per_million: string
  readonly credits_per_unit: string
  readonly valid_from: string
  readonly source: string
}

export type Units = Readonly<Record<string, number>>

export type UsageRow = {
  readonly key_id?: string
  readonly model?: string
  readonly day?: string
  readonly status?: number
  readonly calls: number
  readonly units: Units
  readonly credits: string
  readonly usd: string
}

export type Usage = {
  readonly data: readonly UsageRow[]
  readonly total: { readonly calls: number; readonly credits: string; readonly usd: string }
}

export type Generation = {
  readonly id: string
  readonly state: 'running' | 'ok' | 'aborted' | 'failed' | 'interrupted'
  readonly status: number | null
  readonly account_id: string
  readonly key_id: string
  readonly created_at: string
  readonly model: string
  readonly provider_name: string | null
  readonly credits: string
  readonly held_credits: string
  readonly shortfall_credits: string
  readonly balance_after_credits: string | null
  readonly units: Units
  readonly usage_source: string
  readonly attempts: readonly Attempt[]
  readonly request_id: string | null
  readonly streamed: boolean
  readonly latency: number | null
  readonly generation_time: number | null
  readonly finish_reason: string | null
  readonly cut_by: string | null
  readonly tokens_prompt: number
  readonly tokens_completion: number
}

export type Attempt = {
  readonly provider: string
  readonly why: string
  readonly ms: number
  readonly outcome: string
  readonly status: number | null
}

export type Database = { readonly version: string; readonly schema: string; readonly time: string }

export type Reconciliation = {
  readonly ok: boolean
  readonly invariants: readonly {
    readonly id: string
    readonly promise: string
    readonly ok: boolean
    readonly detail: string
  }[]
}

/** One event of a streamed chat. */
export type ChatChunk = {
  readonly choices?: readonly {
    readonly delta?: { readonly content?: string | null }
    readonly finish_reason?: string | null
  }[]
  readonly usage?: ChatUsage | null
}

export type ChatUsage = {
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly cost_credits: string
}
