import { Outlet, useNavigate, useSearch } from '@tanstack/react-router'
import { type ComponentType, lazy, type ReactElement, Suspense, useState } from 'react'
import { useLive } from '../api/live/live.ts'
import { type AccountChoice, useWho } from '../api/session.ts'
import { Toaster } from '../ui/toast.tsx'
import { Connection } from './connection.tsx'
import { useFrameKeys } from './frame-keys.ts'
import { Navigation } from './navigation.tsx'
import { NoAccount } from './no-account.tsx'
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
      <Later isOpen={open === 'palette'} onClose={close} dialog={Palette} />
      <Later isOpen={open === 'shortcuts'} onClose={close} dialog={Shortcuts} />
      <Connection />
      <Toaster />
    </div>
  )
}

type FrameDialog = { readonly isOpen: boolean; readonly onClose: () => void }

const Palette = lazy(async () => ({ default: (await import('./palette.tsx')).Palette }))
const Shortcuts = lazy(async () => ({ default: (await import('./shortcuts.tsx')).Shortcuts }))
const CallSheet = lazy(async () => ({ default: (await import('../parts/call/call-sheet.tsx')).CallSheet }))

/** A dialog that is fetched when it is opened first, and stays, so that the focus goes back to what opened it. */
function Later({ dialog: Dialog, ...props }: FrameDialog & { readonly dialog: ComponentType<FrameDialog> }) {
  const [wasOpened, setWasOpened] = useState(false)
  if (props.isOpen && !wasOpened) setWasOpened(true)
  return (
    wasOpened && (
      <Suspense>
        <Dialog {...props} />
      </Suspense>
    )
  )
}

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
