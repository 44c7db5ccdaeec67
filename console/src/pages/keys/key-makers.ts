import { useApi } from '../../api/query.ts'
import { useSession } from '../../api/session.ts'

const entriesMost = 200

/** Who made which key, as far as the newest entries of the audit log tell; one request for all of them. */
export function useKeyMakers(): ReadonlyMap<string, string> | undefined {
  const { account } = useSession()
  const { data } = useApi('GET /api/v1/accounts/{id}/audit', {
    path: { id: account.id },
    query: { action: 'createKey', target: 'key', limit: entriesMost },
  })
  return data && new Map(data.data.map(({ target, actor }) => [target.id ?? '', actor.name ?? actor.kind]))
}
