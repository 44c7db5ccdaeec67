import { useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { forgetSession } from '../../api/session.ts'

/** What happens after every way in. */
export type Enter = () => Promise<void>

/** Goes where the person wanted to go before they were asked who they are. */
export function useEnter(): Enter {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const { next } = useSearch({ from: '/sign-in' })
  return async () => {
    forgetSession(queries)
    await navigate({ href: ownPath(next) ?? '/', replace: true })
  }
}

/** A path of our own and nothing else: an address must not lead to another site. */
const ownPath = (next: string | undefined) => (next !== undefined && /^\/(?![/\\])/.test(next) ? next : undefined)

/** The token of the operator's link. It stands in the fragment, which browsers send to nobody, and is taken out of the address. */
export function useLinkToken(): string | undefined {
  const [token] = useState(() => new URLSearchParams(window.location.hash.slice(1)).get('link') ?? undefined)
  return token
}
