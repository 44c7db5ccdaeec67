import { AppError } from '../core/errors.ts'
import type { Caller } from '../accounts/index.ts'
import type { CatalogSnapshot, Model } from '../catalog/index.ts'
import type { Exchange } from '../platform/http/index.ts'
import {
  type CallFeatures,
  conversationKey,
  type Exclusion,
  findNamed,
  type Plan,
  planCall,
  readPolicy,
  type RoutingPolicy,
  type Surroundings,
} from '../router/index.ts'
import { boundPrompt, dearestRates, type Bounds } from './bounds.ts'
import type { Call } from './call.ts'
import type { CallRequest } from './call-request.ts'
import type { GatewayContext } from './dependencies.ts'
import { planOwnKeys } from './own-keys.ts'
import { promptTexts } from './prompt-texts.ts'

/** How a call was routed, for those who execute it and those who ask why. */
export type Route = {
  readonly policy: RoutingPolicy
  readonly excluded: readonly Exclusion[]
  /** Set where the offer that answers is to be kept for the conversation. */
  readonly conversation: string | undefined
  /** Whether the caller wants the decision told in the answer. */
  readonly isTold: boolean
}

export type Routed = Pick<Call, 'model' | 'attempts' | 'rates' | 'bounds' | 'route'>

type From = {
  readonly request: CallRequest
  readonly exchange: Pick<Exchange, 'header'>
  readonly accountId: string
  readonly sessionId: string | undefined
  readonly ownKeys: Caller['ownKeys']
}

/** Finds who can take a request, and in which order to ask them; throws where nobody can. */
export async function routeCall(context: GatewayContext, from: From): Promise<Routed> {
  const { request, exchange } = from
  const read = readPolicy(request.asked, exchange.header)
  if (read.kind === 'invalid') throw new AppError('invalid_request', { message: read.message, param: read.param })
  const { policy } = read
  const bounds = boundsOf(context, request, policy)
  const features: CallFeatures = {
    endpoint: request.endpoint,
    model: request.model,
    // What has no size keeps nobody from answering: it may be short.
    promptTokensBound: bounds.promptTokensSized,
    requestsBound: request.requestsMax,
    outputTokensBound: (request.outputTokensAsked ?? bounds.outputTokensUsual) * request.answers,
    outputTokensAsked: request.outputTokensAsked,
    parameters: Object.keys(request.body),
    inputModalities: request.inputModalities,
    unsaidAsChat: request.asChat?.kind === 'none' ? request.asChat : undefined,
    policy,
  }
  const draw = { accountId: from.accountId, chance: context.random() }
  const { planned, counted } = await planCounted(context, features, request, draw)
  const conversation = planned.keepsConversation ? conversationOf(from, planned.attempts[0].model.id) : undefined
  const pinnedOfferId = conversation && context.pins.find(conversation, context.clock.monotonicMs())
  const { attempts: paid, excluded } = pinnedOfferId
    ? plannedOr(planOnce(context, { ...counted, pinnedOfferId }, draw), planned)
    : planned
  const own = {
    ownKeys: from.ownKeys,
    feeBps: context.byokFeeBps,
    mixModels: policy.mixModels,
    namesKeptFile: request.namesKeptFile,
  }
  const attempts = planOwnKeys(paid, own)
  return {
    model: attempts[0].model,
    attempts,
    bounds,
    rates: dearestRates(attempts, request),
    route: { policy, excluded, conversation, isTold: exchange.header('x-redpill-explain') === '1' },
  }
}

type Planned = Extract<Plan, { kind: 'planned' }>

type Draw = Pick<Surroundings, 'accountId' | 'chance'>

const planOnce = (context: GatewayContext, features: CallFeatures, draw: Draw): Plan =>
  planCall(features, {
    snapshot: context.catalog(),
    health: context.health,
    nowMs: context.clock.nowMs(),
    monotonicMs: context.clock.monotonicMs(),
    ...draw,
    defaultOrder: context.defaultOrder,
  })

const plannedOr = (plan: Plan, other: Planned): Planned => (plan.kind === 'planned' ? plan : other)

/** A prompt that may be too long is counted, so that nobody is refused by a guess. */
async function planCounted(context: GatewayContext, features: CallFeatures, request: CallRequest, draw: Draw) {
  const first = planOnce(context, features, draw)
  if (first.kind !== 'uncounted') return { planned: plannedOnly(first, request), counted: features }
  const promptTokensCounted = await context.counter.count(promptTexts(request.body))
  const counted = { ...features, promptTokensCounted }
  return { planned: plannedOnly(planOnce(context, counted, draw), request), counted }
}

/** Over all models that may answer: whichever does, the hold suffices. */
function boundsOf(context: GatewayContext, request: CallRequest, { fallbackModels }: RoutingPolicy): Bounds {
  const snapshot = context.catalog()
  const of = (name: string): Bounds => {
    const model = findNamed(snapshot, name)?.model
    const reader = { id: model?.id ?? name, contextTokens: model && longestContext(model, snapshot) }
    return boundPrompt(request.prompt, reader, context.learned(reader.id))
  }
  return fallbackModels.map(of).reduce(larger, of(request.model))
}

const larger = (a: Bounds, b: Bounds): Bounds => ({
  promptTokens: Math.max(a.promptTokens, b.promptTokens),
  promptTokensSized: Math.max(a.promptTokensSized, b.promptTokensSized),
  contextTokens: Math.max(a.contextTokens, b.contextTokens),
  outputTokensUsual: Math.max(a.outputTokensUsual, b.outputTokensUsual),
})

/** What any of its offers may read; `undefined` when nobody said. */
function longestContext({ id, contextLength }: Model, { offersOf }: CatalogSnapshot): number | undefined {
  const lengths = [contextLength, ...offersOf(id).map(({ facts }) => facts.contextLength)]
  const known = lengths.filter((length) => length !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}

const conversationOf = ({ request, accountId, sessionId }: From, modelId: string): string =>
  conversationKey(accountId, modelId, request.body, sessionId)

const excludedMax = 50

const told = (excluded: readonly Exclusion[]) => ({
  excluded: excluded
    .slice(0, excludedMax)
    .map(({ model, offer, why }) => ({ provider: offer.providerName, model: model.id, why })),
})

function plannedOnly(plan: Plan, request: CallRequest): Planned {
  const name = request.model.slice(0, 200)
  switch (plan.kind) {
    case 'planned':
      return plan
    case 'uncounted':
      throw new Error('a prompt that was counted is planned')
    case 'model-not-found':
      throw new AppError('model_not_found', {
        message: `The model '${name}' does not exist here. GET /v1/models lists those that do.`,
        param: 'model',
      })
    case 'no-offer':
      throw new AppError('no_offer_available', { message: `No provider can take this call: ${plan.why}.` })
    case 'incapable':
      throw new AppError('invalid_request', {
        message: `No provider of ${name} can take this call: ${plan.why}.`,
        param: plan.parameter,
      })
    case 'unpriced':
      throw new AppError('model_unpriced', {
        message: `'${name}' has no price for ${plan.classes.join(', ')}, so it cannot be charged. An operator can set one.`,
      })
    case 'ruled-out':
      throw new AppError('no_allowed_provider', {
        message: `${name} is served, but by no provider that this request allows: ${summaryOf(plan.excluded)}.`,
        metadata: told(plan.excluded),
      })
    case 'too-long':
      throw new AppError('context_length_exceeded', {
        message: `The prompt has about ${plan.promptTokens} tokens; the longest context that can take this call has ${plan.contextLength}.`,
        param: 'messages',
        metadata: { context_length: plan.contextLength, prompt_tokens: plan.promptTokens },
      })
    case 'full':
      throw new AppError('rate_limit_exceeded', {
        message: 'Every provider of this model has as many calls as it takes. Try again later.',
        retryAfterSeconds: plan.retryAfterSeconds,
        metadata: told(plan.excluded),
      })
  }
}

const summaryMax = 3

function summaryOf(excluded: readonly Exclusion[]): string {
  const some = excluded.slice(0, summaryMax).map(({ offer, why }) => `${offer.providerName} (${why})`)
  const more = excluded.length - some.length
  return some.join(', ') + (more > 0 ? ` and ${more} more` : '')
}
