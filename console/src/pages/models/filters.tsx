import type { ReactElement } from 'react'
import { FilterBar, FilterSelect, FilterText } from '../../ui/filter-bar.tsx'
import { abilityName, abilities, modalityName } from '../../lib/abilities.ts'
import type { ListedModel } from '../../parts/listed-model.ts'
import type { ChangeSearch, ModelsSearch } from './search.ts'

const none = {
  q: undefined,
  kind: undefined,
  takes: undefined,
  can: undefined,
  context: undefined,
  price: undefined,
  provider: undefined,
} as const

export const clearFilters = (change: ChangeSearch): void => change(none)

const countFilters = (search: ModelsSearch): number =>
  (Object.keys(none) as (keyof typeof none)[]).filter((name) => search[name] !== undefined).length

export const hasFilters = (search: ModelsSearch): boolean => countFilters(search) > 0

const contexts = [
  { value: '8000', label: '8k and more' },
  { value: '32000', label: '32k and more' },
  { value: '128000', label: '128k and more' },
  { value: '200000', label: '200k and more' },
  { value: '1000000', label: '1M and more' },
] as const

const prices = [
  { value: 'free', label: 'Free' },
  { value: '0.5', label: 'Up to $0.50 / M' },
  { value: '2', label: 'Up to $2 / M' },
  { value: '5', label: 'Up to $5 / M' },
  { value: '15', label: 'Up to $15 / M' },
] as const

/** The filters that the catalog itself offers: nothing is listed that no model has. */
export function ModelFilterBar({
  models,
  search,
  change,
}: {
  readonly models: readonly ListedModel[]
  readonly search: ModelsSearch
  readonly change: ChangeSearch
}): ReactElement {
  const optionsOf = (values: (model: ListedModel) => readonly string[], nameOf = (value: string) => value) =>
    [...new Set(models.flatMap(values))].toSorted().map((value) => ({ value, label: nameOf(value) }))
  return (
    <FilterBar clear={hasFilters(search) ? () => clearFilters(change) : undefined} setCount={countFilters(search)}>
      <FilterText label="Search models" value={search.q} onChange={(q) => change({ q })} width="13rem" />
      <FilterSelect
        label="Answers with"
        any="Any output"
        value={search.kind}
        onChange={(kind) => change({ kind })}
        options={optionsOf(({ architecture }) => architecture.output_modalities, modalityName)}
      />
      <FilterSelect
        label="Takes"
        any="Any input"
        value={search.takes}
        onChange={(takes) => change({ takes })}
        options={optionsOf(({ architecture }) => architecture.input_modalities, modalityName)}
      />
      <FilterSelect
        label="Ability"
        any="Any ability"
        value={search.can}
        onChange={(can) => change({ can })}
        options={optionsOf(({ supported_parameters: known }) => known.filter((name) => name in abilities), abilityName)}
      />
      <FilterSelect
        label="Context"
        any="Any context"
        value={search.context}
        onChange={(context) => change({ context })}
        options={contexts}
      />
      <FilterSelect
        label="Price"
        any="Any price"
        value={search.price}
        onChange={(price) => change({ price })}
        options={prices}
      />
      <FilterSelect
        label="Provider"
        any="Any provider"
        value={search.provider}
        onChange={(provider) => change({ provider })}
        options={optionsOf(({ providers }) => providers)}
      />
    </FilterBar>
  )
}
