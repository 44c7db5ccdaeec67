import { useSearch } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { addressOf } from '../../api/client.ts'
import { keptInvitation } from '../../api/invitation.ts'
import { ButtonFileLink } from '../../ui/button.tsx'

const names = { github: 'GitHub', google: 'Google' } as const
type Provider = keyof typeof names

/** By an account at another site: the server leads there, and back to where the person wanted to go. */
export function OAuthWay({ provider }: { readonly provider: Provider }): ReactElement {
  const { next } = useSearch({ from: '/sign-in' })
  const query = { next, invitation: keptInvitation() }
  return (
    <ButtonFileLink href={addressOf('GET /api/v1/sign-in/oauth/{provider}', { path: { provider }, query })}>
      Sign in with {names[provider]}
    </ButtonFileLink>
  )
}

/** Why the way back from another site did not let in, in plain words. */
export const oauthErrors = {
  oauth_cancelled: 'You cancelled at the other site. Nothing was changed.',
  oauth_expired: 'That took too long, or was begun in another browser. Try again.',
  oauth_failed:
    'The other site did not answer as it should. Try again, or another way; the log of the server says why.',
  oauth_sign_up_closed: 'Nobody has this sign-in here, and new people need an invitation.',
  oauth_taken: 'Somebody else signs in with that account.',
  oauth_not_signed_in: 'Sign in first, then add that account under Settings.',
} as const
