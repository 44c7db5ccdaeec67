import { readPerMillion } from '../../lib/price.ts'
import { isFree, type ListedModel, priceOf } from '../../parts/listed-model.ts'

/** What the page keeps in its address of the filters; absent: any. */
export type ModelFilters = {
  readonly q?: string | undefined
  readonly kind?: string | undefined
  readonly takes?: string | undefined
  readonly can?: string | undefined
  readonly context?: string | undefined
  readonly price?: string | undefined
  readonly provider?: string | undefined
}

export type ModelSort = { readonly by: string; readonly direction: 'asc' | 'desc' }

/** The models that the filters leave, in the order asked for. */
export function findModels(
  models: readonly ListedModel[],
  filters: ModelFilters,
  sort: ModelSort,
): readonly ListedModel[] {
  const words = (filters.q ?? '').toLowerCase().split(/\s+/).filter(Boolean)
  const found = models.filter((model) => isWanted(model, filters) && hasWords(model, words))
  const sign = sort.direction === 'asc' ? 1 : -1
  return found.toSorted((a, b) => compare(sortValue(a, sort.by), sortValue(b, sort.by), sign) || compareIds(a, b))
}

function isWanted(model: ListedModel, { kind, takes, can, context, price, provider }: ModelFilters): boolean {
  const { input_modalities: inputs, output_modalities: outputs } = model.architecture
  if (kind !== undefined && !outputs.includes(kind)) return false
  if (takes !== undefined && !inputs.includes(takes)) return false
  if (can !== undefined && !model.supported_parameters.includes(can)) return false
  if (context !== undefined && (model.context_length ?? 0) < Number(context)) return false
  if (provider !== undefined && !model.providers.includes(provider)) return false
  return price === undefined || (price === 'free' ? isFree(model) : isAtMost(model, price))
}

/** Whether neither input nor output costs more than so many USD per million. */
function isAtMost(model: ListedModel, usd: string): boolean {
  const most = readPerMillion(usd)
  const prices = [priceOf(model, 'input'), priceOf(model, 'output')]
  return most !== undefined && prices.every((price) => price === undefined || price <= most)
}

/** Every word stands somewhere in its id, name, aliases or providers. */
function hasWords({ id, name, aliases, providers }: ListedModel, words: readonly string[]): boolean {
  if (words.length === 0) return true
  const text = [id, name, ...aliases, ...providers].join(' ').toLowerCase()
  return words.every((word) => text.includes(word))
}

type Sortable = bigint | number | string | undefined

function sortValue(model: ListedModel, by: string): Sortable {
  switch (by) {
    case 'context':
      return model.context_length ?? undefined
    case 'input':
    case 'cached_input':
    case 'output':
      return priceOf(model, by)
    case 'created':
      return model.created
    default:
      return model.id
  }
}

/** What nobody knows stands last, whichever way. */
function compare(a: Sortable, b: Sortable, sign: number): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? 1 : -1
  return a < b ? -sign : a > b ? sign : 0
}

const compareIds = (a: ListedModel, b: ListedModel): number => (a.id < b.id ? -1 : 1)
