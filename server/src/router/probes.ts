import type { Uuid } from '../core/ids.ts'
import type { CatalogSnapshot, Model, Offer } from '../catalog/index.ts'
import type { Untried } from './health/index.ts'

/** What finds out whether an offer is back, so that no caller has to. */
export type Probe =
  /** The provider is asked for its models, which costs nothing and tells of all its offers that are due. */
  | { readonly kind: 'list'; readonly providerId: Uuid; readonly offers: readonly [Offer, ...Offer[]] }
  /** A call that is as small as a call can be, at the operator's cost. */
  | { readonly kind: 'call'; readonly endpoint: 'chat' | 'embeddings'; readonly model: Model; readonly offer: Offer }

export type ProbeSurroundings = {
  readonly snapshot: CatalogSnapshot
  readonly untried: readonly Untried[]
  /** Monotonic, as `untried` is. */
  readonly nowMs: number
  readonly random: () => number
  /** Whether the provider of an offer lists its models for nothing; `undefined`: it cannot be asked at all. */
  readonly canList: (offer: Offer) => boolean | undefined
  readonly mayPay: boolean
  /** How many may be sent. */
  readonly room: number
}

/** An offer is idle when so long after its rest no caller has come: where calls are frequent, one of them finds out. */
const idleMs = 1_000
/** The part that is sent at one look, of what is due: offers that fell together are not asked together. */
const drawnPart = 0.5

type Served = { readonly model: Model; readonly offer: Offer }

/** Which offers to ask now whether they are back, of those that failed too often, have rested, and are idle since. */
export function probesDue(around: ProbeSurroundings): readonly Probe[] {
  const { snapshot, untried, nowMs, random, canList, mayPay, room } = around
  const idle = new Set(untried.filter(({ sinceMs }) => nowMs - sinceMs >= idleMs).map(({ offerId }) => offerId))
  if (idle.size === 0 || room <= 0) return []
  const due = servedOf(snapshot, idle)
  const lists = listProbes(due.filter(({ offer }) => canList(offer) === true))
  const calls = mayPay ? due.filter(({ offer }) => canList(offer) === false).flatMap(callProbe) : []
  return [...lists, ...calls].filter(() => random() < drawnPart).slice(0, room)
}

const servedOf = (snapshot: CatalogSnapshot, ids: ReadonlySet<Uuid>): readonly Served[] =>
  snapshot.models
    .filter(({ disabled }) => !disabled)
    .flatMap((model) =>
      snapshot
        .offersOf(model.id)
        .filter(({ id, disabled, available }) => ids.has(id) && available && !disabled)
        .map((offer) => ({ model, offer })),
    )

const listProbes = (due: readonly Served[]): readonly Probe[] =>
  [...Map.groupBy(due, ({ offer }) => offer.providerId)].flatMap(([providerId, ofProvider]): Probe[] => {
    const [first, ...others] = ofProvider.map(({ offer }) => offer)
    return first ? [{ kind: 'list', providerId, offers: [first, ...others] }] : []
  })

/** Only what is small for certain is bought: a token of text or one embedding, no picture, speech or search. */
function callProbe({ model, offer }: Served): readonly Probe[] {
  const [kind, ...others] = model.outputModalities
  const endpoint = kind === 'text' ? 'chat' : kind
  if (others.length > 0 || (endpoint !== 'chat' && endpoint !== 'embeddings')) return []
  return offer.capabilities[endpoint] === false ? [] : [{ kind: 'call', endpoint, model, offer }]
}
