import { oneOf, searchShape, text } from '../../lib/search.ts'

export const adminModelsSearch = searchShape({
  q: text,
  state: oneOf('callable', 'unpriced', 'no_offer', 'no_available_offer', 'disabled'),
  /** Id of a provider, to filter by; also the one of a new offer. */
  provider: text,
  /** Whose details are open. */
  model: text,
  add: oneOf('model', 'offer'),
  /** The upstream's name of the model of a new offer. */
  upstream: text,
})

export type AdminModelsSearch = ReturnType<typeof adminModelsSearch>
