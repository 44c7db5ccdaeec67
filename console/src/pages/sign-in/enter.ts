import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { callApi } from '../../api/client.ts'
import { forgetInvitation, keptInvitation } from '../../api/invitation.ts'
import { chooseAccount, forgetSession, sessionQuery } from '../../api/session.ts'

/** What happens after every way in. */
export type Enter = () => Promise<void>

/** Goes where the person wanted to go before they were asked who they are. */
export function useEnter(): Enter {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const { next } = useSearch({ from: '/sign-in' })
  return async () => {
    forgetSession(queries)
    const hasJoined = await joinedByInvitation(queries)
    await navigate({ href: (hasJoined ? undefined : ownPath(next)) ?? '/', replace: true })
  }
}

/**
 * Somebody new joins by coming in with an invitation, which is used up by that: then they act for the account they were
 * invited to, and there is nothing left to accept.
 */
async function joinedByInvitation(queries: QueryClient): Promise<boolean> {
  const token = keptInvitation()
  if (token === undefined) return false
  const preview = await callApi('POST /api/v1/invitations/preview', { body: { token } })
  if (preview.ok || preview.failure.code !== 'not_found') return false
  forgetInvitation()
  const session = await queries.fetchQuery(sessionQuery)
  const joined = session?.accounts.find(({ role }) => role !== 'owner') ?? session?.accounts.at(-1)
  if (session && joined) chooseAccount(queries, session, joined.id)
  return true
}

/** A path of our own and nothing else: an address must not lead to another site. */
const ownPath = (next: string | undefined) => (next !== undefined && /^\/(?![/\\])/.test(next) ? next : undefined)

/** The token of the operator's link. It stands in the fragment, which browsers send to nobody, and is taken out of the address. */
export function useLinkToken(): string | undefined {
  const [token] = useState(() => new URLSearchParams(window.location.hash.slice(1)).get('link') ?? undefined)
  return token
}
