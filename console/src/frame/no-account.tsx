import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { signOut } from '../api/session.ts'
import { Button } from '../ui/button.tsx'
import { Doorway } from '../ui/doorway.tsx'

/** For the signed-in who belong to no account: nothing can be shown, so the way on is. */
export function NoAccount({ name }: { readonly name: string }): ReactElement {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const leave = async () => {
    await signOut(queries)
    await navigate({ to: '/sign-in' })
  }
  return (
    <Doorway title="No account yet" intro={`You are signed in as ${name}, but belong to no account.`}>
      <p>Ask somebody who has one for an invitation, and open the link of it in this browser.</p>
      <div>
        <Button onClick={() => void leave()}>Sign in as somebody else</Button>
      </div>
    </Doorway>
  )
}
