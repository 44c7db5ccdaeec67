import type { ReactElement } from 'react'
import { Mark } from '../../ui/icon.tsx'
import { usePageTitle } from '../../ui/page.tsx'
import './sign-in.css'

/** The door. */
export function SignInPage(): ReactElement {
  const heading = usePageTitle('Sign in')
  return (
    <main className="sign-in">
      <Mark size={32} />
      <h1 ref={heading} tabIndex={-1}>
        Sign in to RedPill
      </h1>
    </main>
  )
}
