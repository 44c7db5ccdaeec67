import { useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type ReactElement, useState } from 'react'
import { useAction } from '../../api/query.ts'
import { forgetSession } from '../../api/session.ts'
import { Button } from '../../ui/button.tsx'
import { Mark } from '../../ui/icon.tsx'
import { usePageTitle } from '../../ui/page.tsx'
import { FailureNote } from '../../ui/state.tsx'
import './sign-in.css'

/** The door. */
export function SignInPage(): ReactElement {
  const heading = usePageTitle('Sign in')
  const enter = useEnter()
  const [token] = useState(() => new URLSearchParams(location.hash.slice(1)).get('link'))
  return (
    <main className="sign-in">
      <Mark size={32} />
      <h1 ref={heading} tabIndex={-1}>
        Sign in to RedPill
      </h1>
      {token ? (
        <LinkSignIn token={token} enter={enter} />
      ) : (
        <p>Open the link that the server printed when it started.</p>
      )}
    </main>
  )
}

/** Goes where the person wanted to go before they were asked who they are. */
function useEnter() {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const { next } = useSearch({ from: '/sign-in' })
  return () => {
    forgetSession(queries)
    // A path of our own only: an address may not lead to another site.
    const target = next && /^\/(?![/\\])/.test(next) ? next : '/'
    return navigate({ href: target, replace: true })
  }
}

/** The operator's link works once, so it is used by a press and not by opening the page. */
function LinkSignIn({ token, enter }: { readonly token: string; readonly enter: () => Promise<void> }) {
  const link = useAction('POST /api/v1/sign-in/link')
  const use = async () => {
    const outcome = await link.run({ body: { token } })
    if (outcome.ok) await enter()
  }
  return (
    <>
      {link.failure && <FailureNote failure={link.failure} />}
      <Button kind="primary" isBusy={link.isRunning} onClick={() => void use()}>
        Sign in with this link
      </Button>
    </>
  )
}
