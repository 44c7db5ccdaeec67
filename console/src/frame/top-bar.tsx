import type { ReactElement } from 'react'
import { useSession } from '../api/session.ts'

/** Whose credits are meant, and how many there are: on every page. */
export function TopBar(): ReactElement {
  const { account } = useSession()
  return (
    <header className="top-bar">
      <span>{account.name}</span>
    </header>
  )
}
