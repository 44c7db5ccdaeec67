import { getRouteApi } from '@tanstack/react-router'
import { type ReactElement, useState } from 'react'
import { addressOf, type AnswerOf } from '../../api/client.ts'
import { useAction, useApiPages } from '../../api/query.ts'
import { useMay, useSession } from '../../api/session.ts'
import { credits } from '../../lib/money.ts'
import { AdminPage } from '../../parts/admin.tsx'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { SameByApi } from '../../ui/code.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { TextField } from '../../ui/fields.tsx'
import { FilterBar, FilterSelect, FilterText } from '../../ui/filter-bar.tsx'
import { Form } from '../../ui/form.tsx'
import { useShortcut } from '../../ui/keyboard.ts'
import { Money, useMoneyHead } from '../../ui/money.tsx'
import { EmptyNote } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time, useZoneName } from '../../ui/time.tsx'
import { SignInCodes } from './sign-in-codes.tsx'

const route = getRouteApi('/framed/admin/accounts')
const list = 'GET /api/v1/accounts'
type Account = AnswerOf<typeof list>['data'][number]

/** Every customer, and what each has. */
export function AdminAccountsPage(): ReactElement {
  const { q, owing, create } = route.useSearch()
  const navigate = route.useNavigate()
  const { account } = useSession()
  const { reason } = useMay('operate')
  const query = { q, owing: owing && ('true' as const) }
  const isFiltered = q !== undefined || owing
  const accounts = useApiPages(list, { query }, { keepPrevious: true, enabled: account.kind === 'operator' })
  const openCreate = () => void navigate({ search: (before) => ({ ...before, create: true as const }) })
  const clear = () => void navigate({ search: ({ q: _q, owing: _owing, ...rest }) => rest })
  useShortcut('c', () => reason === undefined && openCreate())
  return (
    <AdminPage
      title="Accounts"
      intro="Each account is a customer: it has members, keys and a balance of its own."
      actions={
        <Button kind="primary" icon="plus" reason={reason} onClick={openCreate}>
          Create account
        </Button>
      }
    >
      <SignInCodes />
      <Filters clear={isFiltered ? clear : undefined} />
      <Table
        caption="Accounts"
        columns={useAccountColumns()}
        rows={accounts.entries}
        rowId={({ id }) => id}
        onOpen={({ id }) => void navigate({ to: '/admin/accounts/$id', params: { id } })}
        openLabel={({ name }) => `Details of ${name}`}
        failure={accounts.failure}
        retry={accounts.retry}
        hasMore={accounts.hasMore}
        loadMore={accounts.loadMore}
        isLoadingMore={accounts.isLoadingMore}
        clearFilters={isFiltered ? clear : undefined}
        empty={<EmptyNote title="No account yet">The first run makes the operator&apos;s.</EmptyNote>}
      />
      <SameByApi calls={[{ method: 'GET', address: addressOf(list, { query }) }]} />
      <Dialog
        isOpen={create === true}
        onClose={() => void navigate({ search: ({ create: _create, ...rest }) => rest })}
        title="Create account"
      >
        <CreateAccount />
      </Dialog>
    </AdminPage>
  )
}

function Filters({ clear }: { readonly clear: (() => void) | undefined }) {
  const { q, owing } = route.useSearch()
  const navigate = route.useNavigate()
  const set = (change: { q?: string | undefined; owing?: true | undefined }) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true })
  return (
    <FilterBar clear={clear}>
      <FilterText label="Name or id" value={q} onChange={(text) => set({ q: text })} />
      <FilterSelect
        label="Debts"
        any="All accounts"
        value={owing && 'owing'}
        onChange={(chosen) => set({ owing: chosen && true })}
        options={[{ value: 'owing', label: 'Those that owe' }]}
      />
    </FilterBar>
  )
}

function useAccountColumns(): readonly Column<Account>[] {
  const zone = useZoneName()
  const [available, held, spent] = [useMoneyHead('Available'), useMoneyHead('On hold'), useMoneyHead('Spent')]
  return [
    { id: 'name', head: 'Name', cell: ({ name }) => name },
    { id: 'state', head: 'State', cell: (account) => <AccountState account={account} /> },
    {
      id: 'available',
      head: available,
      align: 'end',
      cell: (row) => <Money bare amount={row.credits.available} />,
    },
    { id: 'held', head: held, align: 'end', priority: 2, cell: (row) => <Money bare amount={row.credits.held} /> },
    { id: 'spent', head: spent, align: 'end', cell: (row) => <Money bare amount={row.credits.spent} /> },
    {
      id: 'created',
      head: `Created, ${zone}`,
      align: 'end',
      priority: 3,
      cell: ({ created_at: at }) => <Time at={at} show="day" />,
    },
  ]
}

/** What an account may do, in words. */
export function AccountState({ account }: { readonly account: Pick<Account, 'kind' | 'frozen' | 'credits'> }) {
  if (account.frozen)
    return (
      <Badge tone="bad" why="It keeps its balance and can start no call.">
        Frozen
      </Badge>
    )
  if (credits(account.credits.owed) > 0n)
    return (
      <Badge tone="warn" why="Calls are refused until credits come in and pay what it owes.">
        Owes <Money amount={account.credits.owed} />
      </Badge>
    )
  if (account.kind === 'operator') return <Badge>Operator</Badge>
  if (credits(account.credits.available) > 0n) return <Badge tone="good">Active</Badge>
  return (
    <Badge tone="warn" why="Calls are refused until credits come in.">
      No credits
    </Badge>
  )
}

function CreateAccount() {
  const navigate = route.useNavigate()
  const [name, setName] = useState('')
  const create = useAction('POST /api/v1/accounts', { stale: [list] })
  const submit = async () => {
    const outcome = await create.run({ body: { name } })
    if (outcome.ok) await navigate({ to: '/admin/accounts/$id', params: { id: outcome.answer.data.id } })
  }
  return (
    <Form
      submit="Create account"
      onSubmit={() => void submit()}
      isBusy={create.isRunning}
      failure={create.failure}
      reason={name.trim() === '' ? 'Give it a name.' : undefined}
    >
      <TextField label="Name" name="name" value={name} onChange={setName} maxLength={200} autoComplete="off" />
    </Form>
  )
}
