import type { ReactElement, ReactNode } from 'react'
import { Page } from '../ui/page.tsx'
import { type Room, Rooms } from './rooms.tsx'

/** The parts of Settings: first what is the person's, then what is the account's. */
const rooms: readonly Room[] = [
  { to: '/settings/profile', label: 'Profile' },
  { to: '/settings/sign-in', label: 'Sign-in' },
  { to: '/settings/members', label: 'Members' },
  { to: '/settings/alerts', label: 'Alerts' },
  { to: '/settings/provider-keys', label: 'Provider keys' },
  { to: '/settings/audit', label: 'Audit log' },
  { to: '/settings/data', label: 'Data' },
]

type SettingsPageProps = {
  readonly title: string
  readonly intro?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** A page of Settings under the list of all of them. */
export function SettingsPage({ title, intro, actions, children }: SettingsPageProps): ReactElement {
  return (
    <Page title={title} intro={intro} actions={actions}>
      <Rooms label="Settings" rooms={rooms} />
      {children}
    </Page>
  )
}
