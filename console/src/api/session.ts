import { type QueryClient, queryOptions, useQuery } from '@tanstack/react-query'
import { ApiError } from './query.ts'
import { callApi, setCredentials } from './client.ts'
import type { Schemas } from './schema.ts'

/** Who is signed in, and for whom they may act. */
export type Session = Schemas['Session']
export type AccountChoice = Session['accounts'][number]
export type Permission = AccountChoice['permissions'][number]

const chosenAccountKey = 'redpill.account'

/** The session, or null for nobody. Reading it sets what later requests carry. */
export const sessionQuery = queryOptions<Session | null, ApiError>({
  queryKey: ['session'],
  queryFn: async () => {
    const outcome = await callApi('GET /api/v1/session', {})
    if (!outcome.ok && outcome.failure.status !== 401) throw new ApiError(outcome.failure)
    const session = outcome.ok ? withChoice(outcome.answer.data) : null
    setCredentials({ accountId: session?.account_id ?? undefined, csrfToken: session?.csrf_token })
    return session
  },
  staleTime: 60_000,
})

/** The session with the account that this tab acts for: what was chosen in it, else last time, else the person's first. */
function withChoice(session: Session): Session {
  const wanted = [stored(sessionStorage), stored(localStorage), session.account_id]
  const found = wanted.find((id) => session.accounts.some((account) => account.id === id))
  return { ...session, account_id: found ?? session.accounts[0]?.id ?? null }
}

/** Acts for another account from now on. Everything that was read for the one before is dropped. */
export function chooseAccount(queries: QueryClient, session: Session, accountId: string): void {
  for (const storage of [sessionStorage, localStorage]) storage.setItem(chosenAccountKey, accountId)
  setCredentials({ accountId, csrfToken: session.csrf_token })
  queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' })
  const chosen: Session = { ...session, account_id: accountId }
  queries.setQueryData(sessionQuery.queryKey, chosen)
}

const stored = (storage: Storage) => storage.getItem(chosenAccountKey)

/** Who is signed in and for which account, if anybody is and has one: for what stands around the pages. */
export function useWho(): { readonly session: Session; readonly account: AccountChoice | undefined } | undefined {
  const { data } = useQuery(sessionQuery)
  if (!data) return undefined
  return { session: data, account: data.accounts.find(({ id }) => id === data.account_id) }
}

/** The signed-in person and the account they act for. Pages are only shown to somebody, so there is one. */
export function useSession(): { readonly session: Session; readonly account: AccountChoice } {
  const who = useWho()
  if (!who?.account) throw new Error('no session: this part is shown to the signed-in only')
  return { session: who.session, account: who.account }
}

/** Ends the session; everything that was read is forgotten. */
export async function signOut(queries: QueryClient): Promise<void> {
  await callApi('POST /api/v1/sign-out', { body: {} })
  forgetSession(queries)
}

/** Somebody else may be signed in from here on: the next page asks who. */
export function forgetSession(queries: QueryClient): void {
  setCredentials({ accountId: undefined, csrfToken: undefined })
  queries.clear()
}

/** Whether the person may do something with the account, and if not the sentence that says why. */
export function useMay(permission: Permission): { readonly may: boolean; readonly reason: string | undefined } {
  const { account } = useSession()
  const may = account.permissions.includes(permission)
  const reason = may ? undefined : `Your role in ${account.name} is ${account.role}. ${neededRole[permission]}`
  return { may, reason }
}

const neededRole = {
  view: 'Members of the account may see this.',
  keys: 'Owners, admins and developers may do this.',
  billing: 'Owners, admins and billing may do this.',
  members: 'Owners and admins may do this.',
  owner: 'Only owners may do this.',
  operate: 'Only the operator may do this.',
} as const satisfies Record<Permission, string>
