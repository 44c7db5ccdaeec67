import type { NanoUsdPerMillion } from '../../core/money.ts'
import { parseUsdPerMillion } from '../../core/money.ts'
import { assert } from '../../core/assert.ts'
import type { UnitClass } from '../../credits/index.ts'
import type { ProviderConnection } from '../open.ts'
import type { Modality } from '../types.ts'
import { abilitiesOf, lacksOf } from './families.ts'
import { edition, type ListedModel, listedModels } from './price-list.ts'

/** A model that comes with the server, as its provider describes it. */
export type BuiltInModel = {
  readonly id: string
  readonly upstreamModel: string
  readonly name: string
  readonly description: string
  readonly contextLength: number
  readonly outputTokensMax?: number | undefined
  readonly inputModalities: readonly Modality[]
  readonly outputModalities: readonly Modality[]
  readonly supportedParameters: readonly string[]
  /** Decimal USD per million tokens. */
  readonly usdPerMillion: { readonly input: string; readonly output?: string | undefined }
}

/** A provider that the environment configures, or that was found on this machine. */
export type SeedProvider = {
  readonly settings: ProviderConnection
  /** What the price list calls it. Without one nobody knows its prices, and its models wait for the operator's. */
  readonly priceListId?: string | undefined
  /** Which models of the price list it serves; absent: all. */
  readonly serves?: ((upstreamModel: string) => boolean) | undefined
  /** The models that the upstream lists just now; `undefined` when it was not asked or did not answer. */
  readonly upstreamModels?: readonly string[] | undefined
}

export type WantedModel = {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly contextLength: number | undefined
  readonly outputTokensMax: number | undefined
  readonly inputModalities: readonly Modality[]
  readonly outputModalities: readonly Modality[]
  readonly supportedParameters: readonly string[]
}

export type WantedPrice = {
  readonly class: UnitClass
  readonly perMillion: NanoUsdPerMillion
  /** `undefined`: it counts already. */
  readonly validFrom: Date | undefined
}

export type WantedOffer = {
  readonly model: WantedModel
  readonly upstreamModel: string
  readonly providerShareBps: number
  readonly capabilities: Readonly<Record<string, boolean>>
  /** Tokens that the offer reads at most, where that is less than what its model does. */
  readonly contextLength?: number | undefined
  readonly prices: readonly WantedPrice[]
  readonly priceSource: string
}

/** What the built-in provider offers. Its answers cost nobody anything, so all that callers pay is the operator's. */
export const wantedBuiltIns = (models: readonly BuiltInModel[]): readonly WantedOffer[] =>
  models.map(({ upstreamModel, usdPerMillion, ...model }) => ({
    model: { ...model, outputTokensMax: model.outputTokensMax },
    upstreamModel,
    providerShareBps: 0,
    capabilities: lacksOf({ output: model.outputModalities }),
    prices: [
      { class: 'input' as const, perMillion: priceOfText(usdPerMillion.input), validFrom: undefined },
      ...(usdPerMillion.output === undefined
        ? []
        : [{ class: 'output' as const, perMillion: priceOfText(usdPerMillion.output), validFrom: undefined }]),
    ],
    priceSource: 'built-in',
  }))

/** Prices per million for models on this machine, which no list prices; decimal USD. */
export type LoopbackPrice = { readonly input: string; readonly output: string }

/** What one provider offers, as far as its own list and the price list tell. */
export function wantedFrom(provider: SeedProvider, loopbackPrice: LoopbackPrice | undefined): readonly WantedOffer[] {
  const { priceListId, upstreamModels = [], settings } = provider
  if (priceListId === undefined) return upstreamModels.flatMap((name) => wantedUnlisted(settings, name, loopbackPrice))
  return listedModels(priceListId, provider.upstreamModels)
    .filter(({ upstreamModel }) => provider.serves?.(upstreamModel) ?? true)
    .flatMap((listed) => wantedListed(provider, listed))
}

/**
 * Nothing is known but the name, and no price: nothing is free by accident. On our own hardware nothing is owed to anyone
 * and the operator may set one price for all.
 */
function wantedUnlisted(
  { name: provider, allowPrivate: isOurs }: ProviderConnection,
  upstreamModel: string,
  price: LoopbackPrice | undefined,
): readonly WantedOffer[] {
  const abilities = abilitiesOf(upstreamModel)
  const model = wantedModel(`${provider}/${upstreamModel}`, { name: upstreamModel }, abilities)
  if (!model) return []
  const prices: readonly WantedPrice[] =
    price && isOurs
      ? [
          { class: 'input', perMillion: priceOfText(price.input), validFrom: undefined },
          { class: 'output', perMillion: priceOfText(price.output), validFrom: undefined },
        ]
      : []
  const providerShareBps = isOurs ? 0 : 10_000
  return [{ model, upstreamModel, providerShareBps, capabilities: lacksOf(abilities), prices, priceSource: 'setting' }]
}

/** Callers pay the provider's list price and all of it is owed to the provider: no margin unless the operator sets one. */
function wantedListed(provider: SeedProvider, listed: ListedModel): readonly WantedOffer[] {
  const { upstreamModel, prices, remarks } = listed
  const bare = upstreamModel.replace(/^models\//, '').replace(/^accounts\/[^/]+\/models\//, '')
  const vendor = vendors[provider.priceListId ?? ''] ?? provider.settings.name
  const abilities = abilitiesOf(bare)
  const model = wantedModel(
    bare.includes('/') ? bare : `${vendor}/${bare}`,
    { ...listed, name: listed.name ?? bare },
    abilities,
  )
  if (!model) return []
  const priceSource = [`${edition.name} ${edition.version} (${edition.publishedOn})`, ...remarks]
    .join('; ')
    .slice(0, 300)
  const { promptTokensPriced } = listed
  const contextLength = promptTokensPriced && Math.floor(promptTokensPriced / tokenizerSpread)
  const capabilities = lacksOf(abilities)
  return [{ model, upstreamModel, providerShareBps: 10_000, capabilities, contextLength, prices, priceSource }]
}

/** By how much a provider's own count of a prompt may exceed ours, which decides whether it is sent. */
const tokenizerSpread = 1.15

/** Whose models a provider's unprefixed names are; else they are its own. */
const vendors: Readonly<Record<string, string>> = {
  openai: 'openai',
  mistral: 'mistralai',
  'x-ai': 'x-ai',
  google: 'google',
}

const idPattern = /^[a-z0-9][a-z0-9._:@/-]{0,199}$/

function wantedModel(
  id: string,
  known: { readonly name: string; readonly description?: string; readonly contextLength?: number | undefined },
  abilities: ReturnType<typeof abilitiesOf>,
): WantedModel | undefined {
  const lower = id.toLowerCase()
  if (!idPattern.test(lower)) return undefined
  return {
    id: lower,
    name: known.name.slice(0, 200),
    description: known.description ?? '',
    contextLength: known.contextLength,
    outputTokensMax: undefined,
    inputModalities: abilities.input,
    outputModalities: abilities.output,
    supportedParameters: [],
  }
}

function priceOfText(text: string): NanoUsdPerMillion {
  const price = parseUsdPerMillion(text)
  assert(price !== undefined, `a price is decimal USD per million, not ${text}`)
  return price
}
