import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type ReactElement, useEffect, useState } from 'react'
import { type AnswerOf, callApi } from '../../api/client.ts'
import { forgetInvitation, keepInvitation, keptInvitation } from '../../api/invitation.ts'
import { ApiError, useAction } from '../../api/query.ts'
import { chooseAccount, sessionQuery } from '../../api/session.ts'
import { Facts } from '../../ui/badge.tsx'
import { Button, ButtonLink } from '../../ui/button.tsx'
import { Doorway } from '../../ui/doorway.tsx'
import { FailureNote, Skeleton } from '../../ui/state.tsx'
import { Ago } from '../../ui/time.tsx'

/** Where the link of an invitation leads: what it is for, and the step into it. */
export function JoinPage(): ReactElement {
  const token = useToken()
  const { data: invitation, error, refetch } = usePreview(token)
  if (token === undefined)
    return (
      <Doorway title="This link is not whole" intro="The part behind the # is missing: copy all of it.">
        <div>
          <ButtonLink to="/">Go to the console</ButtonLink>
        </div>
      </Doorway>
    )
  if (error)
    return (
      <Doorway title="This invitation does not work">
        <FailureNote failure={error.failure} retry={() => void refetch()} />
        <p>
          Each works for one person and for seven days. If you just signed in with it, you have joined already: choose
          the account at the top of the console. Else whoever invited you can send a new one.
        </p>
        <div>
          <ButtonLink to="/">Go to the console</ButtonLink>
        </div>
      </Doorway>
    )
  return (
    <Doorway
      title={invitation ? `Join ${invitation.account_name}` : 'An invitation'}
      intro={invitation ? undefined : <Skeleton width="14rem" />}
    >
      {invitation && (
        <>
          <Facts
            facts={[
              ['Role', invitation.role],
              ['Invited by', invitation.invited_by ?? 'somebody with a management key'],
              ['Sent to', invitation.email],
              ['Runs out', <Ago key="until" at={invitation.expires_at} />],
            ]}
          />
          <Join token={token} />
        </>
      )}
    </Doorway>
  )
}

type Invitation = AnswerOf<'POST /api/v1/invitations/preview'>['data']

/** What a link leads to; asking changes nothing, so it is read like anything else. */
function usePreview(token: string | undefined) {
  return useQuery<Invitation, ApiError>({
    queryKey: ['invitation', token],
    queryFn: async () => {
      const outcome = await callApi('POST /api/v1/invitations/preview', { body: { token: token ?? '' } })
      if (!outcome.ok) throw new ApiError(outcome.failure)
      return outcome.answer.data
    },
    enabled: token !== undefined,
  })
}

/** Somebody signed in joins; anybody else signs in first and comes back here. */
function Join({ token }: { readonly token: string }) {
  const { data: session } = useQuery(sessionQuery)
  const queries = useQueryClient()
  const navigate = useNavigate()
  const accept = useAction('POST /api/v1/invitations/accept')
  if (session === undefined) return null
  if (session === null)
    return (
      <ButtonLink kind="primary" to="/sign-in" search={{ next: '/join' }}>
        Sign in to join
      </ButtonLink>
    )
  const join = async () => {
    const outcome = await accept.run({ body: { token } })
    if (!outcome.ok) return
    forgetInvitation()
    const known = new Set(session.accounts.map(({ id }) => id))
    const fresh = await queries.fetchQuery({ ...sessionQuery, staleTime: 0 })
    const joined = fresh?.accounts.find(({ id }) => !known.has(id))
    if (fresh && joined) chooseAccount(queries, fresh, joined.id)
    await navigate({ to: '/', replace: true })
  }
  return (
    <>
      {accept.failure && <FailureNote failure={accept.failure} what="You did not join." />}
      <Button kind="primary" isBusy={accept.isRunning} onClick={() => void join()}>
        Join as {session.person.name}
      </Button>
    </>
  )
}

/**
 * The token behind the `#`, which browsers send to nobody. It is kept for this tab while the person signs in, and taken
 * out of the address, where others may see it.
 */
function useToken(): string | undefined {
  const [token] = useState(() => window.location.hash.slice(1) || keptInvitation())
  useEffect(() => {
    if (token === undefined || token === '') return
    keepInvitation(token)
    window.history.replaceState(window.history.state, '', window.location.pathname + window.location.search)
  }, [token])
  return token === '' ? undefined : token
}
