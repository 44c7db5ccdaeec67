import type { Offer } from '../catalog/index.ts'
import { endpoints } from '../providers/index.ts'
import { judge, type Candidate, type Refusal } from './eligible.ts'
import { findNamed, type Named } from './model-name.ts'
import { inOrder } from './order.ts'
import type { CallFeatures, Exclusion, Plan, PlannedAttempt, Surroundings } from './types.ts'

/**
 * Which offers of which model to try, in which order: those that are on, can do what the call asks, are allowed by its
 * caller, have a price for all of it, a context that is long enough and room. Pure: equal arguments give equal plans.
 */
export function planCall(features: CallFeatures, around: Surroundings): Plan {
  const named = namedModels(features, around)
  if (named.length === 0) return { kind: 'model-not-found' }
  const surveys: Survey[] = []
  for (const each of named) {
    const survey = surveyOf(each, features, around)
    if (survey === 'uncounted') return { kind: 'uncounted' }
    surveys.push(survey)
  }
  const [first, ...others] = attemptsOf(surveys, features, around)
  const refusals = surveys.flatMap((survey) => survey.refusals)
  if (!first) return whyNobody(surveys[0]!, refusals, features)
  return {
    kind: 'planned',
    attempts: [first, ...others],
    excluded: refusals.map(exclusionOf),
    keepsConversation: others.length > 0 && keepsConversation(features, [first, ...others]),
  }
}

/** The model that was named, and those that may stand in for it, each once. */
function namedModels({ model, policy }: CallFeatures, { snapshot }: Surroundings): readonly Named[] {
  const first = findNamed(snapshot, model)
  if (policy.fallbackModels.length === 0) return first && !first.model.disabled ? [first] : []
  const found = [first, ...policy.fallbackModels.map((name) => findNamed(snapshot, name))]
  const known = found.filter((each) => each !== undefined).filter((each) => !each.model.disabled)
  return known.filter((each, at) => known.findIndex((before) => before.model.id === each.model.id) === at)
}

type Refused = { readonly named: Named; readonly offer: Offer; readonly refusal: Refusal }
type Survey = {
  readonly named: Named
  readonly candidates: readonly Candidate[]
  readonly refusals: readonly Refused[]
}

const none: readonly Refused[] = []

function surveyOf(named: Named, features: CallFeatures, around: Surroundings): Survey | 'uncounted' {
  const candidates: Candidate[] = []
  let refusals: Refused[] | undefined
  for (const offer of around.snapshot.offersOf(named.model.id)) {
    if (offer.disabled || !offer.available) continue
    const judged = judge(named.model, offer, named.wish, features, around)
    if (judged === 'uncounted') return judged
    if ('bound' in judged) candidates.push(judged)
    else (refusals ??= []).push({ named, offer, refusal: judged })
  }
  return { named, candidates, refusals: refusals ?? none }
}

/** Model after model, unless the caller wants the best offer of any. */
function attemptsOf(
  surveys: readonly Survey[],
  features: CallFeatures,
  around: Surroundings,
): readonly PlannedAttempt[] {
  const [first, ...fallbacks] = surveys
  const ofFirst = inOrder(first!.candidates, first!.named.wish, features, around)
  if (fallbacks.length === 0) return ofFirst
  if (features.policy.mixModels)
    return inOrder(
      surveys.flatMap(({ candidates }) => candidates),
      first!.named.wish,
      features,
      around,
    )
  return [
    ...ofFirst,
    ...fallbacks.flatMap(({ candidates, named }) =>
      inOrder(candidates, named.wish, features, around).map((attempt) => ({
        ...attempt,
        reason: `fallback model: ${attempt.reason}`,
      })),
    ),
  ]
}

const exclusionOf = ({ named, offer, refusal }: Refused): Exclusion => ({ model: named.model, offer, why: refusal.why })

const keepsConversation = ({ endpoint, policy }: CallFeatures, attempts: readonly PlannedAttempt[]): boolean =>
  endpoint === 'chat' &&
  policy.order.length === 0 &&
  attempts.some(
    ({ prices: { input, cached_input: cached } }) => input && cached && cached.perMillion < input.perMillion,
  )

/** The reason that came nearest to an answer is told. */
function whyNobody({ named }: Survey, refusals: readonly Refused[], features: CallFeatures): Plan {
  const at = <Stage extends Refusal['stage']>(stage: Stage) =>
    refusals
      .map(({ refusal }) => refusal)
      .filter((each): each is Extract<Refusal, { stage: Stage }> => each.stage === stage)
  const excluded = refusals.map(exclusionOf)
  const [full, tooLong, ruledOut] = [at('full'), at('too-long'), at('ruled-out')]
  if (full.length > 0) {
    return { kind: 'full', excluded, retryAfterSeconds: Math.min(...full.map((each) => each.retryAfterSeconds)) }
  }
  if (tooLong.length > 0) {
    const contextLength = Math.max(...tooLong.map((each) => each.contextLength))
    return { kind: 'too-long', contextLength, promptTokens: features.promptTokensCounted! }
  }
  if (ruledOut.length > 0) return { kind: 'ruled-out', excluded }
  const unpriced = at('unpriced')
  if (unpriced.length > 0)
    return { kind: 'unpriced', classes: [...new Set(unpriced.flatMap(({ classes }) => classes))].toSorted() }
  const [incapable] = at('incapable')
  if (incapable?.told !== undefined) return chatAlone(named.model.id, incapable.lack, incapable.told)
  if (incapable) return incapableOf(named.model.id, incapable.lack)
  return { kind: 'no-offer', why: `nothing serves ${named.model.id} at the moment` }
}

const chatAlone = (modelId: string, parameter: string, why: string): Plan => ({
  kind: 'incapable',
  why: `${modelId} answers completions by chat, and ${why}`,
  parameter,
})

/** Says it in terms of the request: an endpoint is chosen by the model, media stand in the messages. */
function incapableOf(modelId: string, lack: string): Plan {
  const [, medium] = /^(image|audio|file)_input$/.exec(lack) ?? []
  if (medium) return { kind: 'incapable', why: `${modelId} does not take ${medium} input`, parameter: 'messages' }
  if (endpoints.some((endpoint) => endpoint === lack))
    return { kind: 'incapable', why: `${modelId} does not serve ${lack}`, parameter: 'model' }
  return { kind: 'incapable', why: `${modelId} does not take ${lack}`, parameter: lack }
}
