import { useSearch } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import type { AnswerOf } from '../../api/client.ts'
import { keptInvitation } from '../../api/invitation.ts'
import { failureOf, useApi } from '../../api/query.ts'
import { ButtonFileLink } from '../../ui/button.tsx'
import { Doorway } from '../../ui/doorway.tsx'
import { FailureNote } from '../../ui/state.tsx'
import { EmailWay } from './email-way.tsx'
import { type Enter, useEnter, useLinkToken } from './enter.ts'
import { LinkWay } from './link-way.tsx'
import { OAuthWay, oauthErrors } from './oauth-way.tsx'
import { NewPasskeyWay, PasskeyWay } from './passkey-way.tsx'
import { WalletWay } from './wallet-way.tsx'
import './sign-in.css'

type Methods = AnswerOf<'GET /api/v1/sign-in/methods'>['data']

/** The door: every way in that this server has. */
export function SignInPage(): ReactElement {
  const enter = useEnter()
  const token = useLinkToken()
  const { error } = useSearch({ from: '/sign-in' })
  const methods = useApi('GET /api/v1/sign-in/methods', {})
  if (token !== undefined)
    return (
      <Doorway title="Sign in as the operator" intro="This link works once. Nobody else should have it.">
        <LinkWay token={token} enter={enter} />
      </Doorway>
    )
  const failure = failureOf(methods.error)
  return (
    <Doorway title="Sign in to RedPill" intro="Your keys, your credits, and where every credit went.">
      {error && (
        <p className="door-error" role="alert">
          {oauthErrors[error]}
        </p>
      )}
      {failure && <FailureNote failure={failure} retry={() => void methods.refetch()} />}
      {methods.data && <Ways methods={methods.data.data} enter={enter} />}
    </Doorway>
  )
}

function Ways({ methods, enter }: { readonly methods: Methods; readonly enter: Enter }) {
  if (methods.why_not !== null) return <WrongHost methods={methods} />
  const { passkey, email } = methods
  const isInvited = methods.sign_up === 'invited' && keptInvitation() !== undefined
  return (
    <>
      <div className="ways">
        <PasskeyWay enter={enter} whyNot={passkey.why_not} />
        {passkey.why_not !== null && <NameHint />}
        <WalletWay enter={enter} />
        {methods.oauth.map((provider) => (
          <OAuthWay key={provider} provider={provider} />
        ))}
      </div>
      <p className="or">or</p>
      <EmailWay enter={enter} deliveredBy={email.delivered_by} />
      {(methods.sign_up === 'open' || isInvited) && passkey.possible && (
        <details className="new-person">
          <summary>New here? Make an account with a passkey</summary>
          <NewPasskeyWay enter={enter} whyNot={passkey.why_not} />
        </details>
      )}
      {methods.sign_up !== 'open' && !isInvited && (
        <p className="soft">
          {methods.sign_up === 'invited' ? 'New people need an invitation.' : 'New people are not let in here.'}
        </p>
      )}
    </>
  )
}

/** The server answers, but nobody is signed in under this name: where to go instead. */
function WrongHost({ methods: { why_not: whyNot, origin } }: { readonly methods: Methods }) {
  return (
    <>
      <p>{whyNot}</p>
      {origin !== null && <ButtonFileLink href={`${origin}/sign-in`}>Go to {origin}</ButtonFileLink>}
    </>
  )
}

/** Passkeys belong to a name; this machine has one. */
function NameHint() {
  const { hostname, port } = window.location
  if (hostname !== '127.0.0.1' && hostname !== '[::1]') return null
  const there = `http://localhost${port === '' ? '' : `:${port}`}/sign-in`
  return (
    <p className="soft">
      Passkeys need a name: <a href={there}>open this page under localhost</a>.
    </p>
  )
}
