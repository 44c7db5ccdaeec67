import { Outlet } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { Navigation } from './navigation.tsx'
import { TopBar } from './top-bar.tsx'
import './frame.css'

/** What stands around every page of the signed-in. */
export function Frame(): ReactElement {
  return (
    <div className="frame">
      <a className="skip-link" href="#content">
        Skip to the page
      </a>
      <Navigation />
      <TopBar />
      <main id="content" className="frame-content" tabIndex={-1}>
        <Outlet />
      </main>
    </div>
  )
}
