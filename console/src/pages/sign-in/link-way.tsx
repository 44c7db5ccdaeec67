import type { ReactElement } from 'react'
import { useAction } from '../../api/query.ts'
import { Button, ButtonFileLink } from '../../ui/button.tsx'
import { FailureNote } from '../../ui/state.tsx'
import type { Enter } from './enter.ts'

/** The operator's link. It works once, so a press uses it and not the mere opening of the page. */
export function LinkWay({ token, enter }: { readonly token: string; readonly enter: Enter }): ReactElement {
  const link = useAction('POST /api/v1/sign-in/link')
  const use = async () => {
    const outcome = await link.run({ body: { token } })
    if (outcome.ok) await enter()
  }
  if (link.failure)
    return (
      <>
        <FailureNote failure={link.failure} what="This link did not let you in." />
        <ButtonFileLink href="/sign-in">Other ways to sign in</ButtonFileLink>
      </>
    )
  return (
    <Button kind="primary" isBusy={link.isRunning} onClick={() => void use()}>
      Sign in with this link
    </Button>
  )
}
