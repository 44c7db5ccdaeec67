import type { ReactElement } from 'react'
import { useSession } from '../../api/session.ts'

/** Why a way to pay is not there: for who runs the server what is missing, for others whom to ask. */
export function WhyOff({ why }: { readonly why: string | null | undefined }): ReactElement {
  const { account } = useSession()
  if (account.kind !== 'operator') return <>Not offered on this server. Its operator can switch it on.</>
  return <>Off: {why ?? 'it is not set up'}</>
}
