import { Outlet, useNavigate, useSearch } from '@tanstack/react-router'
import { lazy, type ReactElement, Suspense, useState } from 'react'
import { useLive } from '../api/live/live.ts'
import { type AccountChoice, useWho } from '../api/session.ts'
import { Toaster } from '../ui/toast.tsx'
import { Connection } from './connection.tsx'
import { Navigation } from './navigation.tsx'
import { NoAccount } from './no-account.tsx'
import { Palette } from './palette.tsx'
import { Shortcuts, useFrameKeys } from './shortcuts.tsx'
import { TopBar } from './top-bar.tsx'
import './frame.css'

/** What stands around every page of the signed-in; nothing in the moment in which they leave. */
export function Frame(): ReactElement | null {
  const who = useWho()
  if (!who) return null
  return who.account ? <AccountFrame account={who.account} /> : <NoAccount name={who.session.person.name} />
}

function AccountFrame({ account }: { readonly account: AccountChoice }) {
  const [open, setOpen] = useState<'palette' | 'shortcuts'>()
  const opens = { openPalette: () => setOpen('palette'), openShortcuts: () => setOpen('shortcuts') }
  const close = () => setOpen(undefined)
  useLive(account.id)
  useFrameKeys(opens)
  return (
    <div className="frame">
      <a className="skip-link" href="#content">
        Skip to the page
      </a>
      <Navigation />
      <TopBar {...opens} />
      {/* Another account is another page: nothing that was typed or opened for one is left for the other. */}
      <main key={account.id} id="content" className="frame-content" tabIndex={-1}>
        <Outlet />
      </main>
      <CallAside />
      <Palette isOpen={open === 'palette'} onClose={close} />
      <Shortcuts isOpen={open === 'shortcuts'} onClose={close} />
      <Connection />
      <Toaster />
    </div>
  )
}

const CallSheet = lazy(async () => ({ default: (await import('../parts/call/call-sheet.tsx')).CallSheet }))

/** The receipt of the call that the address names, whatever the page; fetched when the first one is opened. */
function CallAside() {
  const { call } = useSearch({ from: '/framed' })
  const navigate = useNavigate()
  const [wasOpened, setWasOpened] = useState(false)
  if (call !== undefined && !wasOpened) setWasOpened(true)
  const close = () => void navigate({ to: '.', search: ({ call: _closed, ...rest }) => rest })
  return (
    wasOpened && (
      <Suspense>
        <CallSheet id={call} onClose={close} />
      </Suspense>
    )
  )
}
