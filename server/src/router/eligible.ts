import type { Model, Offer, PriceTable } from '../catalog/index.ts'
import { dialects, hasCompletions, type Endpoint } from '../providers/index.ts'
import { boundOf } from './bound.ts'
import type { Wish } from './model-name.ts'
import { noPolicy, type RoutingPolicy } from './policy.ts'
import { isNameOf } from './provider-names.ts'
import type { CallFeatures, PlannedAttempt, Standing, Surroundings } from './types.ts'

/** An offer that can take the call, and what speaks against asking it early. */
export type Candidate = Omit<PlannedAttempt, 'reason'> & {
  readonly standing: Standing
  /** Whether prompt and wanted output together may be more than it takes. */
  readonly isTight: boolean
}

/** Why an offer cannot take the call; the later the stage, the nearer it came. */
export type Refusal =
  /** `told`: what is said of it, where that it lacks something does not say enough. */
  | { readonly stage: 'incapable'; readonly why: string; readonly lack: string; readonly told?: string }
  | { readonly stage: 'ruled-out'; readonly why: string }
  | { readonly stage: 'unpriced'; readonly why: string; readonly classes: readonly string[] }
  | { readonly stage: 'too-long'; readonly why: string; readonly contextLength: number }
  | { readonly stage: 'full'; readonly why: string; readonly retryAfterSeconds: number }

export type Judged = Candidate | Refusal | 'uncounted'

/** Tokenizers differ: a prompt is too long for certain only when the count is above the context by this factor. */
const tokenizerSpread = 1.15
const well: Standing = { kind: 'well' }

/** Whether an offer that is on can take a call. */
export function judge(model: Model, offer: Offer, wish: Wish, features: CallFeatures, around: Surroundings): Judged {
  const lack = lackOf(offer, features)
  if (lack !== undefined) return { stage: 'incapable', why: `does not take ${lack}`, lack }
  const unsaid = asksAsChat(features.endpoint, offer) ? features.unsaidAsChat : undefined
  if (unsaid) return { stage: 'incapable', why: `has chats alone: ${unsaid.why}`, lack: unsaid.field, told: unsaid.why }
  const { policy } = features
  const objection = policy === noPolicy ? undefined : objectionTo(model, offer, features, around)
  if (objection !== undefined) return { stage: 'ruled-out', why: objection }

  const prices = around.snapshot.pricesOf(offer, around.nowMs)
  const bound = boundOf(features, prices)
  if (bound.kind === 'unpriced')
    return { stage: 'unpriced', why: `no price for ${bound.classes.join(', ')}`, classes: bound.classes }
  const dear = dearness(prices, policy, wish)
  if (dear !== undefined) return { stage: 'ruled-out', why: dear }

  const fit = fitOf(model, offer, features)
  if (fit === 'uncounted') return fit
  if (typeof fit === 'object') return fit

  const health = around.health.of(offer.id)
  const wait = health?.fullForSeconds(offer.facts, around.monotonicMs)
  if (wait !== undefined) return { stage: 'full', why: 'is at its limit of calls', retryAfterSeconds: wait }
  const standing = health?.standing(around.monotonicMs, around.accountId) ?? well
  return { model, offer, prices, bound: bound.bound, standing, isTight: fit === 'tight' }
}

/** The first thing asked for that the offer says it cannot do. */
function lackOf(offer: Offer, { endpoint, parameters, inputModalities }: CallFeatures): string | undefined {
  const { capabilities } = offer
  const lacks = (name: string) => Object.hasOwn(capabilities, name) && capabilities[name] === false
  if (lacks(asksAsChat(endpoint, offer) ? 'chat' : endpoint)) return endpoint
  for (const kind of inputModalities) if (kind !== 'text' && lacks(`${kind}_input`)) return `${kind}_input`
  return parameters.find(lacks)
}

/** Whether a completion of text is asked as a chat: where neither the provider nor the offer has completions. */
export function asksAsChat(
  endpoint: Endpoint,
  { dialect, upstreamModel, capabilities }: Pick<Offer, 'dialect' | 'upstreamModel' | 'capabilities'>,
): boolean {
  if (endpoint !== 'completions') return false
  const known = dialects.get(dialect)
  const own = Object.hasOwn(capabilities, endpoint)
    ? capabilities[endpoint]
    : !known || hasCompletions(known, upstreamModel)
  return !own
}

/** Whether a provider picks upstreams by the caller's conditions itself, so that they are sent on instead of checked here. */
export const takesRouting = ({ dialect }: Pick<Offer, 'dialect'>): boolean =>
  dialects.get(dialect)?.takesRouting === true

function objectionTo(
  model: Model,
  offer: Offer,
  { policy, parameters }: CallFeatures,
  { snapshot }: Surroundings,
): string | undefined {
  const { facts } = offer
  const isNamed = (names: readonly string[]) => names.some((name) => isNameOf(name, offer, snapshot))
  if (policy.forced !== undefined && !isNameOf(policy.forced, offer, snapshot))
    return 'not the one of x-redpill-provider'
  if (policy.only.length > 0 && !isNamed(policy.only)) return 'not in provider.only'
  if (isNamed(policy.ignore)) return 'in provider.ignore'
  if (policy.order.length > 0 && !policy.allowFallbacks && !isNamed(policy.order))
    return 'not in provider.order, without fallbacks'
  const missing = policy.requireParameters ? missingOf(model, offer, parameters) : undefined
  if (missing !== undefined) return `not known to take ${missing} (provider.require_parameters)`
  if (takesRouting(offer)) return undefined
  if (policy.zdr && !facts.keepsNothing) return 'not known to keep nothing (provider.zdr)'
  if (policy.denyDataCollection && facts.collectsData) return 'not known to collect no data (provider.data_collection)'
  if (policy.quantizations.length > 0 && !policy.quantizations.includes(facts.quantization ?? 'unknown'))
    return `its weights are ${facts.quantization ?? 'unknown'} (provider.quantizations)`
  return undefined
}

/** The parameters that models differ in; all else is taken everywhere or is ours. */
const differing = new Set(
  `frequency_penalty presence_penalty logit_bias logprobs top_logprobs seed stop temperature top_p top_k top_a min_p
  repetition_penalty tools tool_choice parallel_tool_calls response_format structured_outputs reasoning reasoning_effort
  include_reasoning verbosity prediction web_search_options audio`.split(/\s+/),
)

/**
 * The first parameter that the offer is not known to take. Of a model without a list nothing is known; what its provider
 * leaves out is found out all the same where the request is written in an API of its own, or where it is told to look itself.
 */
function missingOf(model: Model, offer: Offer, parameters: readonly string[]): string | undefined {
  const listed = model.supportedParameters
  const known = dialects.get(offer.dialect)
  if (listed.length === 0 && (known?.speaks || known?.takesRouting)) return undefined
  return parameters.find(
    (name) =>
      differing.has(name) &&
      !listed.includes(name) &&
      !(Object.hasOwn(offer.capabilities, name) && offer.capabilities[name]),
  )
}

function dearness(prices: PriceTable, { maxPrice }: RoutingPolicy, wish: Wish): string | undefined {
  if (wish.free && Object.values(prices).some(({ perMillion }) => perMillion > 0n)) return 'not free'
  for (const [name, most] of Object.entries(maxPrice)) {
    const price = prices[name as keyof PriceTable]?.perMillion ?? 0n
    if (price > most) return `its price of ${name} is above provider.max_price`
  }
  return undefined
}

/** Whether the prompt fits into the context, and the wanted output after it. Batches have a context for each entry. */
function fitOf(
  model: Model,
  { facts }: Offer,
  { endpoint, promptTokensBound, promptTokensCounted, outputTokensAsked = 0 }: CallFeatures,
): 'fits' | 'tight' | 'uncounted' | Refusal {
  if (endpoint !== 'chat') return 'fits'
  const context = smaller(model.contextLength, facts.contextLength)
  const isLongAnswer = outputTokensAsked > (facts.outputTokensMax ?? Infinity)
  if (context === undefined) return isLongAnswer ? 'tight' : 'fits'
  if (promptTokensBound > context) {
    if (promptTokensCounted === undefined) return 'uncounted'
    if (promptTokensCounted > context * tokenizerSpread)
      return { stage: 'too-long', why: `its context is ${context} tokens`, contextLength: context }
  }
  const needed = (promptTokensCounted ?? promptTokensBound) + outputTokensAsked
  return isLongAnswer || needed > context ? 'tight' : 'fits'
}

const smaller = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.min(a, b)
