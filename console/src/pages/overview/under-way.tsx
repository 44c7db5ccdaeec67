import { useNavigate } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useApi } from '../../api/query.ts'
import { useSession } from '../../api/session.ts'
import type { Schemas } from '../../api/schema.ts'
import { AsOf } from '../../parts/as-of.tsx'
import { Money, useMoneyHead } from '../../ui/money.tsx'
import { Section } from '../../ui/page.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Ago } from '../../ui/time.tsx'

type Hold = Schemas['Hold']

/** Calls that run now and what is held for them. */
export const useHolds = () => {
  const { account } = useSession()
  return useApi('GET /api/v1/accounts/{id}/holds', { path: { id: account.id } })
}

/** Each call that runs, with what is held for it; opened, it can be cancelled. */
export function UnderWay(): ReactElement {
  const { data, error, dataUpdatedAt, refetch } = useHolds()
  const navigate = useNavigate()
  return (
    <Section
      title="Under way"
      intro="Calls that run now. What a call leaves of its hold is free again when it ends."
      actions={<AsOf readAtMs={dataUpdatedAt} />}
    >
      <Table<Hold>
        caption="Calls under way"
        columns={columnsOf(useMoneyHead('Held'))}
        rows={data?.data}
        rowId={({ id }) => id}
        onOpen={({ id }) => void navigate({ to: '.', search: (before) => ({ ...before, call: id }) })}
        openLabel={() => 'a call that runs'}
        failure={error?.failure}
        retry={() => void refetch()}
        empty={<p className="soft">No call runs now.</p>}
        expectedRows={1}
      />
    </Section>
  )
}

const columnsOf = (heldHead: string): readonly Column<Hold>[] => [
  { id: 'model', head: 'Model', cell: ({ model }) => model ?? 'A model' },
  { id: 'began', head: 'Began', cell: ({ created_at }) => <Ago at={created_at} /> },
  { id: 'provider', head: 'Provider asked first', priority: 2, cell: ({ provider }) => provider ?? '-' },
  { id: 'key', head: 'Key', cell: ({ key_name }) => key_name ?? '-' },
  { id: 'held', head: heldHead, align: 'end', cell: ({ credits }) => <Money amount={credits} bare /> },
]
