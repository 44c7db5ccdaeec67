import { list, oneOf, searchShape, text } from '../../lib/search.ts'

/** What the page keeps in its address. */
export const modelsSearch = searchShape({
  q: text,
  kind: text,
  takes: text,
  can: text,
  context: oneOf('8000', '32000', '128000', '200000', '1000000'),
  price: oneOf('free', '0.5', '2', '5', '15'),
  provider: text,
  sort: oneOf('id', 'context', 'input', 'cached_input', 'output', 'created'),
  order: oneOf('asc', 'desc'),
  /** Whose details are open. */
  model: text,
  /** Those to set side by side, and whether they are. */
  compare: list,
  view: oneOf('compare'),
})

export type ModelsSearch = ReturnType<typeof modelsSearch>
export type ChangeSearch = (change: Partial<ModelsSearch>) => void
