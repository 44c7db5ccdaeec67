import { Link, Outlet, useLocation } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useWho } from '../api/session.ts'
import { ButtonLink } from '../ui/button.tsx'
import { Mark } from '../ui/icon.tsx'
import { Toaster } from '../ui/toast.tsx'
import { DisplayMenu } from './display-menu.tsx'
import { Frame } from './frame.tsx'
import './frame.css'
import './top-bar.css'

/** What is open to everybody: pages of which the API needs no key. */
const openPaths: ReadonlySet<string> = new Set(['/models'])

export const isOpenPath = (path: string): boolean => openPaths.has(path.replace(/\/$/, ''))

/** The frame of the signed-in; for others, who come to open pages only, a plain head. */
export function Doorway(): ReactElement {
  const who = useWho()
  const { pathname } = useLocation()
  return !who && isOpenPath(pathname) ? <VisitorsFrame /> : <Frame />
}

function VisitorsFrame(): ReactElement {
  const { href } = useLocation()
  return (
    <div className="frame" data-visitors="">
      <a className="skip-link" href="#content">
        Skip to the page
      </a>
      <header className="top-bar">
        <Link to="/models" className="visitors-home">
          <Mark />
          <span>RedPill</span>
        </Link>
        <span className="top-bar-space" />
        <DisplayMenu />
        <ButtonLink to="/sign-in" search={{ next: href }} kind="primary" size="small">
          Sign in
        </ButtonLink>
      </header>
      <main id="content" className="frame-content" tabIndex={-1}>
        <Outlet />
      </main>
      <Toaster />
    </div>
  )
}
