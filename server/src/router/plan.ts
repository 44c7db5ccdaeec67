import type { CatalogSnapshot, Offer } from '../catalog/index.ts'
import { endpoints } from '../providers/index.ts'
import { boundOf } from './bound.ts'
import type { CallFeatures, Plan, PlannedAttempt } from './types.ts'

const attemptsMax = 8

/**
 * Which offers of the model to try, in which order: those that are on, can do what the call asks and have a price for
 * all of it, cheapest first by what this call may cost there, then by id. Pure: equal arguments give equal plans.
 */
export function planCall(features: CallFeatures, snapshot: CatalogSnapshot, nowMs: number): Plan {
  const model = snapshot.findModel(features.model)
  if (!model || model.disabled) return { kind: 'model-not-found' }

  const serving = snapshot.offersOf(model.id).filter(({ disabled, available }) => available && !disabled)
  if (serving.length === 0) return { kind: 'no-offer', why: `nothing serves ${model.id} at the moment` }

  const capable = serving.filter((offer) => lackOf(offer, features) === undefined)
  if (capable.length === 0) return incapable(model.id, lackOf(serving[0]!, features)!)

  const priced: Candidate[] = []
  const unpriced = new Set<string>()
  for (const offer of capable) {
    const prices = snapshot.pricesOf(offer, nowMs)
    const bound = boundOf(features, prices)
    if (bound.kind === 'bound') priced.push({ offer, prices, bound: bound.bound })
    else for (const name of bound.classes) unpriced.add(name)
  }
  const [first, ...others] = priced.toSorted(byBoundThenId).slice(0, attemptsMax)
  if (!first) return { kind: 'unpriced', classes: [...unpriced].toSorted() }
  const reason = others.length === 0 ? 'only offer' : 'cheapest'
  return { kind: 'planned', model, attempts: [because(reason)(first), ...others.map(because('next by price'))] }
}

type Candidate = Omit<PlannedAttempt, 'reason'>

const because =
  (reason: string) =>
  ({ offer, prices, bound }: Candidate): PlannedAttempt => ({ offer, prices, bound, reason })

/** The first thing asked for that the offer says it cannot do. */
function lackOf({ capabilities }: Offer, { endpoint, parameters, inputModalities }: CallFeatures): string | undefined {
  const asked = [
    endpoint,
    ...inputModalities.filter((kind) => kind !== 'text').map((kind) => `${kind}_input`),
    ...parameters,
  ]
  return asked.find((name) => Object.hasOwn(capabilities, name) && capabilities[name] === false)
}

/** Says it in terms of the request: an endpoint is chosen by the model, media stand in the messages. */
function incapable(modelId: string, lack: string): Plan {
  const [, medium] = /^(image|audio|file)_input$/.exec(lack) ?? []
  if (medium) return { kind: 'incapable', why: `${modelId} does not take ${medium} input`, parameter: 'messages' }
  if ((endpoints as readonly string[]).includes(lack))
    return { kind: 'incapable', why: `${modelId} does not serve ${lack}`, parameter: 'model' }
  return { kind: 'incapable', why: `${modelId} does not take ${lack}`, parameter: lack }
}

const byBoundThenId = (a: Candidate, b: Candidate): number => {
  if (a.bound !== b.bound) return a.bound < b.bound ? -1 : 1
  return a.offer.id < b.offer.id ? -1 : 1
}
