import { useApi } from '../api/query.ts'

/** The models that can be called, all at once: filters and sorting need no server. */
export const useModels = () => useApi('GET /v1/models', {})

/** Who serves a model. Ids have a vendor or none. */
export function useEndpoints(id: string) {
  const [author, slug] = partsOf(id)
  const plain = useApi('GET /v1/models/{slug}/endpoints', { path: { slug } }, { enabled: author === undefined })
  const full = useApi(
    'GET /v1/models/{author}/{slug}/endpoints',
    { path: { author: author ?? '', slug } },
    { enabled: author !== undefined, refetchMs: 30_000 },
  )
  return author === undefined ? plain : full
}

/** Its prices over time. */
export function usePriceHistory(id: string) {
  const [author, slug] = partsOf(id)
  const plain = useApi('GET /v1/models/{slug}/prices', { path: { slug } }, { enabled: author === undefined })
  const full = useApi(
    'GET /v1/models/{author}/{slug}/prices',
    { path: { author: author ?? '', slug } },
    { enabled: author !== undefined },
  )
  return author === undefined ? plain : full
}

function partsOf(id: string): readonly [author: string | undefined, slug: string] {
  const at = id.indexOf('/')
  return at < 0 ? [undefined, id] : [id.slice(0, at), id.slice(at + 1)]
}
