import { type ReactElement, useState } from 'react'
import type { Failure } from '../../lib/failure.ts'
import { formatCompact, formatCount } from '../../lib/numbers.ts'
import { PriceBoth } from '../../ui/price.tsx'
import { EmptyNote } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { modalityName } from '../../lib/abilities.ts'
import { CompareToggle } from './compare.tsx'
import { clearFilters, hasFilters } from './filters.tsx'
import { type ListedModel, priceOf } from '../../parts/listed-model.ts'
import type { ChangeSearch, ModelsSearch } from './search.ts'

type Props = {
  readonly models: readonly ListedModel[] | undefined
  readonly search: ModelsSearch
  readonly change: ChangeSearch
  readonly compared: readonly string[]
  readonly toggle: (id: string) => void
  readonly failure: Failure | undefined
  readonly retry: () => void
}

/** The price table. A hundred rows at first: several hundred are searched as fast, and drawn when asked for. */
export function ModelTable({ models, search, change, compared, toggle, failure, retry }: Props): ReactElement {
  const { shown, showMore } = useShownRows()
  const isMore = (models?.length ?? 0) > shown
  return (
    <Table
      caption="Models"
      columns={[...columns, compareColumn(compared, toggle)]}
      rows={models?.slice(0, shown)}
      rowId={({ id }) => id}
      onOpen={({ id }) => change({ model: id })}
      openLabel={({ id }) => `Details of ${id}`}
      openId={search.model}
      sort={{ by: search.sort ?? 'id', direction: search.order ?? 'asc' }}
      onSort={({ by, direction }) => change({ sort: by as NonNullable<ModelsSearch['sort']>, order: direction })}
      failure={failure}
      retry={retry}
      empty={<NoModels />}
      clearFilters={hasFilters(search) ? () => clearFilters(change) : undefined}
      hasMore={isMore}
      loadMore={showMore}
      expectedRows={12}
    />
  )
}

/** How many rows are shown at first, and more with each press. */
const pageRows = 100

function useShownRows(): { readonly shown: number; readonly showMore: () => void } {
  const [shown, setShown] = useState(pageRows)
  return { shown, showMore: () => setShown(shown + pageRows) }
}

const NoModels = () => (
  <EmptyNote title="No model can be called yet">
    <p>A model is listed once it has an offer by a provider and prices for what it uses.</p>
  </EmptyNote>
)

const columns: readonly Column<ListedModel>[] = [
  {
    id: 'id',
    head: 'Model',
    sortable: true,
    cell: ({ id, name }) => (
      <span className="model-name">
        <span>{name}</span> {name !== id && <code className="soft">{id}</code>}
      </span>
    ),
  },
  {
    id: 'kind',
    head: 'Takes and gives',
    priority: 3,
    cell: ({ architecture: { input_modalities: inputs, output_modalities: outputs } }) => (
      <span className="soft">
        {inputs.map(modalityName).join(', ')} → {outputs.map(modalityName).join(', ')}
      </span>
    ),
  },
  {
    id: 'context',
    head: 'Context',
    align: 'end',
    sortable: true,
    priority: 2,
    cell: ({ context_length: tokens }) =>
      tokens === null ? (
        <span className="faint">-</span>
      ) : (
        <span title={formatCount(tokens)}>{formatCompact(tokens)}</span>
      ),
  },
  {
    id: 'input',
    head: 'Input',
    align: 'end',
    sortable: true,
    cell: (model) => <PriceBoth of="input" price={priceOf(model, 'input')} />,
  },
  {
    id: 'cached_input',
    head: 'Cached input',
    align: 'end',
    sortable: true,
    priority: 2,
    cell: (model) => <PriceBoth of="cached_input" price={priceOf(model, 'cached_input')} />,
  },
  {
    id: 'output',
    head: 'Output',
    align: 'end',
    sortable: true,
    cell: (model) => <PriceBoth of="output" price={outputPrice(model)} />,
  },
  {
    id: 'providers',
    head: 'Providers',
    priority: 3,
    cell: ({ providers }) => (
      <span className="soft" title={providers.join(', ')}>
        {providers.slice(0, 2).join(', ')}
        {providers.length > 2 && ` +${providers.length - 2}`}
      </span>
    ),
  },
]

/** What gives no text has no price for it, and is not free by that. */
function outputPrice(model: ListedModel) {
  const price = priceOf(model, 'output')
  return price === 0n && !model.architecture.output_modalities.includes('text') ? undefined : price
}

const compareColumn = (compared: readonly string[], toggle: (id: string) => void): Column<ListedModel> => ({
  id: 'compare',
  head: 'Compare',
  align: 'end',
  cell: ({ id, name }) => <CompareToggle id={id} name={name} compared={compared} toggle={toggle} />,
})
