import { type ReactElement, type ReactNode, useState } from 'react'
import { type CallFilters, filtersIn } from '../lib/call-search.ts'
import type { Preset, RangeSearch } from '../lib/range.ts'
import { Button } from '../ui/button.tsx'
import { FilterBar } from '../ui/filter-bar.tsx'
import { RangePicker } from '../ui/range-picker.tsx'
import { countMore, MainFilters, MoreFilters } from './call-filters.tsx'

type Search = CallFilters & RangeSearch

/** The time and the filters of a page about calls; those that one reaches for less are put away until they are set. */
export function CallFilterBar({
  search,
  usualRange,
  set,
  clear,
  children,
}: {
  readonly search: Search
  readonly usualRange: Preset
  readonly set: (change: Search) => void
  readonly clear: (() => void) | undefined
  /** What stands at the end. */
  readonly children: ReactNode
}): ReactElement {
  const more = countMore(search)
  const [isMore, setIsMore] = useState(more > 0)
  return (
    <FilterBar
      clear={clear}
      trailing={children}
      setCount={Object.keys(filtersIn(search)).length}
      more={isMore && <MoreFilters search={search} set={set} />}
    >
      <RangePicker value={search} fallback={usualRange} onChange={set} />
      <MainFilters search={search} set={set} />
      <Button kind="quiet" aria-expanded={isMore} onClick={() => setIsMore(!isMore)}>
        {more > 0 ? `More filters (${more})` : 'More filters'}
      </Button>
    </FilterBar>
  )
}
