import { Outlet, useNavigate, useSearch } from '@tanstack/react-router'
import { lazy, type ReactElement, Suspense, useState } from 'react'
import { useLive } from '../api/live.ts'
import { useSession } from '../api/session.ts'
import { Toaster } from '../ui/toast.tsx'
import { Navigation } from './navigation.tsx'
import { Palette } from './palette.tsx'
import { Shortcuts, useFrameKeys } from './shortcuts.tsx'
import { TopBar } from './top-bar.tsx'
import './frame.css'

/** What stands around every page of the signed-in. */
export function Frame(): ReactElement {
  const { account } = useSession()
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
      <Toaster />
    </div>
  )
}

const CallSheet = lazy(async () => ({ default: (await import('../parts/call/call-sheet.tsx')).CallSheet }))

/** The receipt of the call that the address names, whatever the page. */
function CallAside() {
  const { call } = useSearch({ from: '/framed' })
  const navigate = useNavigate()
  if (call === undefined) return null
  const close = () => void navigate({ to: '.', search: ({ call: _closed, ...rest }) => rest })
  return (
    <Suspense>
      <CallSheet key={call} id={call} onClose={close} />
    </Suspense>
  )
}
