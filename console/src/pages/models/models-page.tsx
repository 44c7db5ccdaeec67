import { useNavigate, useSearch } from '@tanstack/react-router'
import { type ReactElement, useDeferredValue, useMemo } from 'react'
import { failureOf } from '../../api/query.ts'
import { counted } from '../../lib/numbers.ts'
import { SameByApi } from '../../ui/code.tsx'
import { Page } from '../../ui/page.tsx'
import { CompareBar, CompareDialog, compareMost } from './compare.tsx'
import { ModelFilterBar } from './filters.tsx'
import { findModels } from './listed.ts'
import { ModelSheet } from './model-sheet.tsx'
import { ModelTable } from './model-table.tsx'
import { useModels } from '../../parts/model-queries.ts'
import type { ChangeSearch, ModelsSearch } from './search.ts'
import './models.css'

/** What can be called, what it costs, and who serves it. */
export function ModelsPage(): ReactElement {
  const search: ModelsSearch = useSearch({ from: '/framed/models' })
  const navigate = useNavigate()
  const change: ChangeSearch = (changed) =>
    void navigate({
      to: '/models',
      search: (before) => ({ ...before, ...changed }),
      replace: changed.model === undefined,
    })
  const { data, error, refetch } = useModels()
  const all = data?.data
  const wanted = useDeferredValue(search)
  const found = useMemo(
    () => all && findModels(all, wanted, { by: wanted.sort ?? 'id', direction: wanted.order ?? 'asc' }),
    [all, wanted],
  )
  const open = search.model === undefined ? undefined : all?.find(({ id }) => id === search.model)
  const compared = search.compare ?? []
  const toggle = (id: string) =>
    change({
      compare: compared.includes(id) ? compared.filter((each) => each !== id) : [...compared, id].slice(0, compareMost),
    })
  return (
    <Page
      title="Models"
      intro={all && found ? introOf(found.length, all.length) : 'What can be called here, and what it costs.'}
    >
      <ModelFilterBar models={all ?? []} search={search} change={change} />
      <ModelTable
        // A new search begins at its first page.
        key={JSON.stringify({ ...wanted, model: undefined, compare: undefined, view: undefined })}
        models={found}
        search={search}
        change={change}
        compared={compared}
        toggle={toggle}
        failure={failureOf(error)}
        retry={() => void refetch()}
      />
      <SameByApi calls={[{ method: 'GET', address: '/v1/models' }]} />
      <CompareBar compared={compared} toggle={toggle} change={change} />
      <CompareDialog models={all ?? []} search={search} toggle={toggle} change={change} />
      <ModelSheet
        id={search.model}
        model={open}
        isKnown={all !== undefined}
        compared={compared}
        toggle={toggle}
        close={() => change({ model: undefined })}
      />
    </Page>
  )
}

const introOf = (found: number, all: number): string =>
  found === all
    ? `${counted(all, 'model')} can be called now. Prices: credits for one token, under it USD for a million.`
    : `${counted(found, 'model')} of ${all}. Prices: credits for one token, under it USD for a million.`
