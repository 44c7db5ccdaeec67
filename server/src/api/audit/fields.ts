import type { AuditTarget } from '../../accounts/index.ts'
import type { JsonValue } from '../../core/json.ts'

/** How a field is written down: as the API shows it, or with less of it. */
type Keep = (value: JsonValue) => JsonValue

const asIs: Keep = (value) => value

/** Of an address that people may have put a secret into: where it leads, not how. */
const originOnly: Keep = (value) => (typeof value === 'string' && URL.canParse(value) ? new URL(value).origin : null)

/** `ada@example.com` -> `a...@example.com`: whoever asked them to join knows whom; nobody else need. */
export const maskedEmail = (email: string): string => email.replace(/^(.)[^@]*(?=@)/u, '$1...')

const all = (...names: readonly string[]): Readonly<Record<string, Keep>> =>
  Object.fromEntries(names.map((name) => [name, asIs]))

const rates = ['requests_per_minute', 'tokens_per_minute', 'parallel_max']

/**
 * What the audit log keeps of each kind of thing, in the words of the API. A list of what is kept, not of what is left
 * out: a field that is not here is not written, whatever it holds.
 */
export const keptFields: Readonly<Record<AuditTarget, Readonly<Record<string, Keep>>>> = {
  account: all('name', 'kind', 'frozen', ...rates, 'forfeited_credits'),
  alerts: all('low_balance_credits', 'metric', 'span', 'threshold', 'key_id', 'model'),
  auto_top_up: all('enabled', 'threshold_usd', 'amount_usd', 'monthly_ceiling_usd', 'card_id'),
  card: all('brand', 'last4'),
  code: all('credits', 'uses_max', 'repeatable', 'note', 'expires_at', 'credits_expire_at', 'disabled'),
  identity: all('kind', 'method'),
  invitation: {
    ...all('role', 'expires_at'),
    email: (value) => (typeof value === 'string' ? maskedEmail(value) : null),
  },
  key: all(
    ...['name', 'kind', 'label', 'disabled', 'expires_at', 'previous_secret_until'],
    ...['limit_credits', 'limit_window', 'call_cap_credits', ...rates],
    ...['allowed_models', 'allowed_providers', 'allowed_addresses', 'cache_seconds', 'store_answers'],
  ),
  member: all('person_id', 'role'),
  model: all(
    ...['name', 'aliases', 'description', 'context_length', 'output_tokens_max', 'disabled'],
    ...['input_modalities', 'output_modalities', 'supported_parameters'],
  ),
  offer: all(
    ...['model_id', 'provider_id', 'provider_name', 'upstream_model', 'provider_share_bps'],
    ...['capabilities', 'facts', 'disabled'],
  ),
  order: all('rail', 'state', 'amount_usd', 'fee_usd', 'refund_usd', 'action', 'note', 'tx_hash'),
  person: {},
  price: all('model_id', 'offer_id', 'class', 'usd_per_million', 'valid_from', 'source'),
  provider: {
    ...all('name', 'dialect', 'has_api_key', 'allow_private', 'source', 'disabled', 'facts'),
    base_url: originOnly,
  },
  provider_key: all('provider_id', 'provider', 'label', 'fallback'),
  session: all('method'),
  transfer: all('kind', 'credits', 'reason'),
  webhook: { ...all('events', 'all_accounts', 'allow_private', 'disabled'), url: originOnly },
}
