import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useSession } from '../api/session.ts'
import { places } from '../lib/places.ts'
import { Icon, Mark } from '../ui/icon.tsx'

/** The pages that this person has for this account. */
export function usePlaces() {
  const { account } = useSession()
  return places.filter(({ operatorOnly }) => !operatorOnly || account.kind === 'operator')
}

/** The way to every page, at the left. */
export function Navigation(): ReactElement {
  return (
    <nav className="navigation" aria-label="Pages">
      <Link to="/" className="navigation-home">
        <Mark />
        <span>RedPill</span>
      </Link>
      <NavigationList />
    </nav>
  )
}

/** The list itself, also in the drawer of narrow windows. */
export function NavigationList({ onChoose }: { readonly onChoose?: () => void }): ReactElement {
  return (
    <ul className="navigation-list">
      {usePlaces().map(({ to, label, icon }) => (
        <li key={to}>
          <Link to={to} className="navigation-link" activeOptions={{ exact: to === '/' }} onClick={onChoose}>
            <Icon name={icon} />
            {label}
          </Link>
        </li>
      ))}
    </ul>
  )
}
