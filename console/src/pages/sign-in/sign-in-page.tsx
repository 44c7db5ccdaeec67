import type { ReactElement } from 'react'
import { Doorway } from '../../ui/doorway.tsx'
import { EmailWay } from './email-way.tsx'
import { LinkWay } from './link-way.tsx'
import { useEnter, useLinkToken } from './enter.ts'

/** The door: every way in that this server has. */
export function SignInPage(): ReactElement {
  const enter = useEnter()
  const token = useLinkToken()
  if (token !== undefined)
    return (
      <Doorway title="Sign in as the operator" intro="This link works once. Nobody else should have it.">
        <LinkWay token={token} enter={enter} />
      </Doorway>
    )
  return (
    <Doorway title="Sign in to RedPill" intro="Your keys, your credits, and where every credit went.">
      <EmailWay enter={enter} />
    </Doorway>
  )
}
