import { useQueryClient } from '@tanstack/react-query'
import { useNavigate, useRouter } from '@tanstack/react-router'
import { type ReactElement, useState } from 'react'
import { useApi } from '../api/query.ts'
import { listenTo, useLiveState } from '../api/live/live.ts'
import { chooseAccount, signOut, useSession } from '../api/session.ts'
import { zonedClock } from '../lib/time.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Icon, Mark } from '../ui/icon.tsx'
import { commandKey } from '../ui/keyboard.ts'
import { Menu } from '../ui/menu.tsx'
import { Money } from '../ui/money.tsx'
import { useZone } from '../ui/preferences.ts'
import { Skeleton } from '../ui/state.tsx'
import { Tooltip } from '../ui/tooltip.tsx'
import { DisplayMenu } from './display-menu.tsx'
import { NavigationList } from './navigation.tsx'
import './top-bar.css'

/** Whose credits are meant, and how many there are: on every page. */
export function TopBar({
  openPalette,
  openShortcuts,
}: {
  readonly openPalette: () => void
  readonly openShortcuts: () => void
}): ReactElement {
  return (
    <header className="top-bar">
      <Drawer />
      <AccountMenu />
      <Balance />
      <span className="top-bar-space" />
      <button type="button" className="top-bar-search" onClick={openPalette}>
        <Icon name="search" />
        <span>Search</span>
        <kbd aria-hidden="true">{commandKey} K</kbd>
      </button>
      <DisplayMenu />
      <PersonMenu openShortcuts={openShortcuts} />
    </header>
  )
}

/** The navigation of narrow windows. */
function Drawer() {
  const [isOpen, setIsOpen] = useState(false)
  return (
    <span className="top-bar-drawer">
      <Button kind="quiet" icon="menu" iconOnly onClick={() => setIsOpen(true)}>
        Pages
      </Button>
      <Dialog isOpen={isOpen} onClose={() => setIsOpen(false)} title="RedPill" shape="drawer">
        <nav aria-label="Pages">
          <NavigationList onChoose={() => setIsOpen(false)} />
        </nav>
      </Dialog>
    </span>
  )
}

function AccountMenu() {
  const { session, account } = useSession()
  const queries = useQueryClient()
  const router = useRouter()
  const choose = async (id: string) => {
    // As when the first page is loaded: what is read is kept true from its beginning.
    await listenTo(queries, id)
    chooseAccount(queries, session, id)
    void router.invalidate()
  }
  return (
    <Menu
      label={`Account: ${account.name}`}
      align="start"
      className="account-button"
      items={session.accounts.map(({ id, name, kind, role }) => ({
        label: name,
        detail: kind === 'operator' ? `Operator, ${role}` : role,
        isChosen: id === account.id,
        onSelect: () => void choose(id),
      }))}
    >
      <Mark size={16} />
      <span className="account-name">{account.name}</span>
      <Icon name="down" />
    </Menu>
  )
}

/** What can be spent now, and what open calls hold. */
function Balance() {
  const { account } = useSession()
  const { data, error, dataUpdatedAt } = useApi('GET /api/v1/accounts/{id}', { path: { id: account.id } })
  const state = useLiveState()
  const zone = useZone()
  if (error && !data) return <span className="balance soft">Balance not read</span>
  const asOf = data ? `As of ${zonedClock(new Date(dataUpdatedAt), zone)}` : 'Reading'
  const words = state === 'live' ? `${asOf}, live` : state === 'reconnecting' ? `${asOf}; reconnecting` : asOf
  return (
    <Tooltip text={words}>
      <button type="button" className="balance" data-live={state}>
        <span className="balance-label">Available</span>
        {data ? <Money amount={data.data.credits.available} /> : <Skeleton width="5rem" />}
        <span className="hidden-text">{words}</span>
      </button>
    </Tooltip>
  )
}

function PersonMenu({ openShortcuts }: { readonly openShortcuts: () => void }) {
  const { session } = useSession()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const { name, email } = session.person
  const leave = async () => {
    await signOut(queries)
    await navigate({ to: '/sign-in' })
  }
  return (
    <Menu
      label={`Signed in as ${name}`}
      className="person-button"
      items={[
        { label: 'Keyboard shortcuts', icon: 'info', onSelect: openShortcuts },
        { label: 'Sign out', icon: 'out', detail: email ?? name, onSelect: () => void leave() },
      ]}
    >
      <span aria-hidden="true">{(name.trim()[0] ?? '?').toUpperCase()}</span>
    </Menu>
  )
}
