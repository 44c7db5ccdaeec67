import {
  keepPreviousData,
  type QueryClient,
  type QueryKey,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
  type UseQueryResult,
} from '@tanstack/react-query'
import type { Failure } from '../lib/failure.ts'
import { type AnswerOf, callApi, type InputOf, type OperationName, type Outcome } from './client.ts'

/** A refused request as the error of a query; the pages show its `failure`. */
export class ApiError extends Error {
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.message)
    this.failure = failure
  }
}

/** Throws what the cache has to know as an error. */
async function ask<Name extends OperationName>(
  name: Name,
  input: InputOf<Name>,
  signal?: AbortSignal,
): Promise<AnswerOf<Name>> {
  const outcome = await callApi(name, input, signal ? { signal } : {})
  if (!outcome.ok) throw new ApiError(outcome.failure)
  return outcome.answer
}

/** The cache's name of a request: the operation first, so that `invalidate('GET /api/v1/keys')` finds all of its forms. */
const keyOf = <Name extends OperationName>(name: Name, input?: InputOf<Name>): QueryKey =>
  input === undefined ? [name] : [name, input]

type ReadOptions = {
  readonly enabled?: boolean
  /** Shows the rows of the filters before while those of the new ones come. */
  readonly keepPrevious?: boolean
}

type ReadAgainOptions<Name extends OperationName> = ReadOptions & {
  readonly refetchMs?: number
  /** Whether what was answered last may still change. */
  readonly refetchWhile?: (answer: AnswerOf<Name>) => boolean
}

/** Reads one operation through the cache. */
export function useApi<Name extends OperationName>(
  name: Name,
  input: InputOf<Name>,
  { enabled = true, keepPrevious = false, refetchMs, refetchWhile = () => true }: ReadAgainOptions<Name> = {},
): UseQueryResult<AnswerOf<Name>, ApiError> {
  return useQuery<AnswerOf<Name>, ApiError>({
    queryKey: keyOf(name, input),
    queryFn: ({ signal }) => ask(name, input, signal),
    enabled,
    refetchInterval: ({ state: { data } }) => (refetchMs && (!data || refetchWhile(data)) ? refetchMs : false),
    ...(keepPrevious ? { placeholderData: keepPreviousData } : {}),
  })
}

/** Operations that answer in pages by cursor, and the entries of their pages. */
type PagedName = {
  [Name in OperationName]: AnswerOf<Name> extends { data: readonly unknown[]; next_cursor: unknown } ? Name : never
}[OperationName]
type EntryOf<Name extends PagedName> =
  AnswerOf<Name> extends { readonly data: readonly (infer Entry)[] } ? Entry : never

/** A list that grows by `loadMore`, one request for each page. */
export type Pages<Entry, Answer = unknown> = {
  readonly entries: readonly Entry[] | undefined
  /** The page that was read last. */
  readonly last: Answer | undefined
  readonly failure: Failure | undefined
  readonly isLoading: boolean
  readonly isLoadingMore: boolean
  readonly hasMore: boolean
  readonly loadMore: () => void
  /** Reads all pages that are shown anew. */
  readonly retry: () => Promise<unknown>
  /** When what is shown was read, in epoch milliseconds; 0 before the first answer. */
  readonly readAtMs: number
}

const quiet = 'quiet '

/** Whether something in the cache is read anew by its page alone; `name` is the first part of its key. */
export const isQuiet = (name: unknown): boolean => typeof name === 'string' && name.startsWith(quiet)

/** Reads a list page by page. `standsStill`: events do not have it read anew; the page says when. */
export function useApiPages<Name extends PagedName>(
  name: Name,
  input: InputOf<Name>,
  { enabled = true, keepPrevious = false, standsStill = false }: ReadOptions & { readonly standsStill?: boolean } = {},
): Pages<EntryOf<Name>, AnswerOf<Name>> {
  type Page = { readonly data: readonly EntryOf<Name>[]; readonly next_cursor: string | null }
  const query = useInfiniteQuery({
    queryKey: [standsStill ? quiet + name : name, 'pages', input],
    queryFn: async ({ pageParam, signal }) => {
      const paged = { ...input, query: { ...(input.query as object | undefined), cursor: pageParam } } as InputOf<Name>
      return (await ask(name, paged, signal)) as unknown as Page
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: Page) => page.next_cursor ?? undefined,
    enabled,
    ...(standsStill && { refetchOnWindowFocus: false }),
    ...(keepPrevious ? { placeholderData: keepPreviousData } : {}),
  })
  return {
    entries: query.data?.pages.flatMap(({ data }) => data),
    last: query.data?.pages.at(-1) as AnswerOf<Name> | undefined,
    failure: failureOf(query.error),
    isLoading: query.isPending,
    isLoadingMore: query.isFetchingNextPage,
    hasMore: query.hasNextPage,
    loadMore: () => void query.fetchNextPage(),
    // A page that is being fetched is not given up for it.
    retry: () => query.refetch({ cancelRefetch: false }),
    readAtMs: query.dataUpdatedAt,
  }
}

/** The failure inside what a query or a boundary caught; undefined when there is none. */
export const failureOf = (error: unknown): Failure | undefined =>
  error instanceof ApiError
    ? error.failure
    : error
      ? {
          status: 0,
          code: 'page_error',
          message: error instanceof Error ? error.message : 'Something unknown went wrong.',
          param: undefined,
          requestId: undefined,
        }
      : undefined

export type Action<Name extends OperationName> = {
  readonly run: (input: InputOf<Name>) => Promise<Outcome<AnswerOf<Name>>>
  readonly isRunning: boolean
  /** Why the last run was refused; gone when the next one begins. */
  readonly failure: Failure | undefined
  readonly reset: () => void
}

/** Does one operation that changes something; what it made stale is read anew. Never throws: the outcome is a value. */
export function useAction<Name extends OperationName>(
  name: Name,
  { stale = [] }: { readonly stale?: readonly OperationName[] } = {},
): Action<Name> {
  const queries = useQueryClient()
  const mutation = useMutation({
    mutationFn: async (input: InputOf<Name>) => {
      const outcome = await callApi(name, input)
      if (outcome.ok) await invalidate(queries, stale)
      return outcome
    },
  })
  const last = mutation.data
  return {
    run: (input) => mutation.mutateAsync(input),
    isRunning: mutation.isPending,
    failure: last && !last.ok ? last.failure : failureOf(mutation.error),
    reset: mutation.reset,
  }
}

/** Has every cached form of these operations read anew. */
export async function invalidate(queries: QueryClient, names: readonly OperationName[]): Promise<void> {
  await Promise.all(names.map((name) => queries.invalidateQueries({ queryKey: [name] })))
}

/** One client for the page's life; refusals are not retried, lost connections twice. */
export const queryDefaults = {
  queries: {
    staleTime: 15_000,
    retry: (count: number, error: Error) => count < 2 && (failureOf(error)?.status ?? 0) === 0,
  },
} as const
