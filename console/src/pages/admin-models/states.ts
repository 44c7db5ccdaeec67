import type { Schemas } from '../../api/schema.ts'

export type CatalogEntry = Schemas['CatalogEntry']
type State = CatalogEntry['state']
type Words = { readonly label: string; readonly tone: 'good' | 'warn' | 'bad' | 'neutral'; readonly why: string }

/** Each state in words, with the one next step. */
export const stateWords: Readonly<Record<State, Words>> = {
  callable: { label: 'can be called', tone: 'good', why: 'It is on, served and priced.' },
  unpriced: {
    label: 'no price',
    tone: 'bad',
    why: 'Calls are refused, never free by accident. Next: set its prices.',
  },
  no_offer: { label: 'no offer', tone: 'warn', why: 'Nobody serves it. Next: offer it through a provider.' },
  no_available_offer: {
    label: 'offers are off',
    tone: 'warn',
    why: 'Its offers are off or their providers are. Next: switch one on.',
  },
  disabled: { label: 'off', tone: 'neutral', why: 'It is switched off. Next: switch it on.' },
}

type Filters = {
  readonly q?: string | undefined
  readonly state?: string | undefined
  readonly provider?: string | undefined
}

/** The models that the filters leave: those that need something come first. */
export function findEntries(
  entries: readonly CatalogEntry[],
  { q, state, provider }: Filters,
): readonly CatalogEntry[] {
  const words = (q ?? '').toLowerCase().split(/\s+/).filter(Boolean)
  return entries
    .filter(
      (entry) =>
        (state === undefined || entry.state === state) &&
        (provider === undefined || entry.offers.some((offer) => offer.provider_id === provider)) &&
        words.every((word) => [entry.id, entry.name, ...entry.aliases].join(' ').toLowerCase().includes(word)),
    )
    .toSorted((a, b) => order[a.state] - order[b.state] || (a.id < b.id ? -1 : 1))
}

const order: Readonly<Record<State, number>> = {
  unpriced: 0,
  no_offer: 1,
  no_available_offer: 2,
  callable: 3,
  disabled: 4,
}
