import { type NanoUsdPerMillion, toCreditsPerUnit, toUsdPerUnit } from '../core/money.ts'
import type { UnitClass } from '../credits/index.ts'
import type { CatalogSnapshot, Modality, Model, PriceTable } from './types.ts'

/**
 * One model as lists show it: OpenAI's fields, those of OpenRouter's `GET /models`, and prices in credits beside USD.
 * Every price is a decimal string per single unit; a class without a price of its own is left out.
 */
export type ModelItem = {
  readonly id: string
  readonly object: 'model'
  /** Unix seconds. */
  readonly created: number
  readonly owned_by: string
  readonly canonical_slug: string
  readonly name: string
  readonly description: string
  readonly aliases: readonly string[]
  readonly context_length: number | null
  readonly architecture: {
    readonly modality: string
    readonly input_modalities: readonly string[]
    readonly output_modalities: readonly string[]
    readonly tokenizer: string
    readonly instruct_type: null
  }
  readonly pricing: Pricing
  readonly pricing_credits: Pricing
  /** The same of whichever offer is the dearest in each class: what a call may cost after failover. */
  readonly pricing_max: Pricing
  readonly pricing_max_credits: Pricing
  readonly top_provider: {
    readonly context_length: number | null
    readonly max_completion_tokens: number | null
    readonly is_moderated: false
  }
  readonly per_request_limits: null
  readonly supported_parameters: readonly string[]
  readonly default_parameters: null
  /** Who serves it now, by name. */
  readonly providers: readonly string[]
}

/** OpenRouter's names of the price classes. */
const pricingNames = {
  input: 'prompt',
  output: 'completion',
  request: 'request',
  image: 'image',
  cached_input: 'input_cache_read',
  cache_write: 'input_cache_write',
  reasoning: 'internal_reasoning',
  audio_input: 'audio',
  audio_output: 'audio_output',
} as const satisfies Record<UnitClass, string>

type PricingName = (typeof pricingNames)[UnitClass]
export type Pricing = Readonly<Record<'prompt' | 'completion' | 'request', string>> &
  Partial<Readonly<Record<PricingName, string>>>

/** The models that can be called at a moment (on, served and priced), ordered by id. */
export const listModelItems = (snapshot: CatalogSnapshot, nowMs: number): readonly ModelItem[] =>
  snapshot.models
    .filter((model) => isCallable(snapshot, model, nowMs))
    .map((model) => modelItem(snapshot, model, nowMs))

/** One of them, by id or alias. */
export function findModelItem(snapshot: CatalogSnapshot, idOrAlias: string, nowMs: number): ModelItem | undefined {
  const model = snapshot.findModel(idOrAlias)
  return model && isCallable(snapshot, model, nowMs) ? modelItem(snapshot, model, nowMs) : undefined
}

const isCallable = (snapshot: CatalogSnapshot, model: Model, nowMs: number): boolean =>
  modelState(snapshot, model, nowMs).kind === 'callable'

/** Whether calls find a model, and what is missing where they do not. */
export type ModelState =
  | { readonly kind: 'callable' | 'disabled' | 'no-offer' | 'no-available-offer' }
  /** Calls are refused until these classes have prices. */
  | { readonly kind: 'unpriced'; readonly missing: readonly UnitClass[] }

export function modelState(snapshot: CatalogSnapshot, model: Model, nowMs: number): ModelState {
  if (model.disabled) return { kind: 'disabled' }
  const offers = snapshot.offersOf(model.id)
  if (offers.length === 0) return { kind: 'no-offer' }
  const usable = offers.filter(({ available, disabled }) => available && !disabled)
  const [first, ...others] = usable.map((offer) => missingPrices(model, snapshot.pricesOf(offer, nowMs)))
  if (!first) return { kind: 'no-available-offer' }
  const least = others.reduce((fewest, missing) => (missing.length < fewest.length ? missing : fewest), first)
  return least.length === 0 ? { kind: 'callable' } : { kind: 'unpriced', missing: least }
}

/** A model that writes text needs a price for it, one that only embeds does not, and one that judges is paid either way. */
function missingPrices({ outputModalities }: Model, prices: PriceTable): readonly UnitClass[] {
  if (outputModalities.every(isJudgement)) return prices.input || prices.request ? [] : ['input']
  const needed: readonly UnitClass[] = outputModalities.includes('text') ? ['input', 'output'] : ['input']
  return needed.filter((name) => prices[name] === undefined)
}

const isJudgement = (modality: Modality): boolean => modality === 'rerank' || modality === 'moderation'

function modelItem(snapshot: CatalogSnapshot, model: Model, nowMs: number): ModelItem {
  const prices = snapshot.listPrices(model.id, nowMs)
  const most = offerPricing(snapshot.dearestPrices(model.id, nowMs))
  const [vendor = ''] = model.id.split('/')
  return {
    id: model.id,
    object: 'model',
    created: Math.floor(model.createdAt.getTime() / 1_000),
    owned_by: vendor,
    canonical_slug: model.id,
    name: model.name,
    description: model.description,
    aliases: model.aliases,
    context_length: model.contextLength ?? null,
    architecture: {
      modality: `${model.inputModalities.join('+')}->${model.outputModalities.join('+')}`,
      input_modalities: model.inputModalities,
      output_modalities: model.outputModalities,
      tokenizer: tokenizers[vendor] ?? 'Other',
      instruct_type: null,
    },
    ...offerPricing(prices),
    pricing_max: most.pricing,
    pricing_max_credits: most.pricing_credits,
    top_provider: {
      context_length: model.contextLength ?? null,
      max_completion_tokens: model.outputTokensMax ?? null,
      is_moderated: false,
    },
    per_request_limits: null,
    supported_parameters: model.supportedParameters,
    default_parameters: null,
    providers: [
      ...new Set(
        snapshot
          .offersOf(model.id)
          .filter(({ available, disabled }) => available && !disabled)
          .map(({ providerName }) => providerName),
      ),
    ].toSorted(),
  }
}

/** OpenRouter's names of tokenizer families, by vendor. */
const tokenizers: Readonly<Record<string, string>> = {
  openai: 'GPT',
  anthropic: 'Claude',
  google: 'Gemini',
  'x-ai': 'Grok',
  mistralai: 'Mistral',
  deepseek: 'DeepSeek',
  qwen: 'Qwen',
  cohere: 'Cohere',
}

/** The prices of one offer, in both units. */
export const offerPricing = (prices: PriceTable) => ({
  pricing: pricingOf(prices, toUsdPerUnit),
  pricing_credits: pricingOf(prices, toCreditsPerUnit),
})

/** Readers of this shape expect the first three always; a class that is never billed costs 0. */
function pricingOf(prices: PriceTable, write: (price: NanoUsdPerMillion) => string): Pricing {
  const pricing: Partial<Record<PricingName, string>> = {}
  for (const { class: name, perMillion } of Object.values(prices)) pricing[pricingNames[name]] = write(perMillion)
  return { prompt: '0', completion: '0', request: '0', ...pricing }
}
