import type { ReactElement, ReactNode } from 'react'
import { useSession } from '../api/session.ts'
import { Button, ButtonFileLink } from '../ui/button.tsx'

/**
 * A file of what is shown. The browser asks for it by itself, without the header that says whose it is: the address says
 * so, and where it cannot (the operator means all accounts) the account of the session has to be the operator's.
 */
export function ExportLink({
  address,
  accountId,
  children,
}: {
  readonly address: string
  readonly accountId: string | undefined
  readonly children: ReactNode
}): ReactElement {
  const { session, account } = useSession()
  if (accountId === undefined && session.account_id !== account.id)
    return (
      <Button icon="download" reason="Choose one account first: its file is named after it.">
        {children}
      </Button>
    )
  return (
    <ButtonFileLink icon="download" href={address} download>
      {children}
    </ButtonFileLink>
  )
}
