import { z } from '@hono/zod-openapi'
import type { Db } from '../platform/database/index.ts'
import type { Permission } from '../accounts/index.ts'
import type { Audited } from './audit/change.ts'
import type { Bearer } from './auth.ts'
import type { Browser } from './browser.ts'
import type { ApiOptions } from './options.ts'

/**
 * Who may ask: `operator` - a management key of the operator's account; `management` - any management key, for its own
 * account; `key` - any key; `anyone` - no key needed; `anyone-known` - the same, but who has a key is known by it;
 * `person` - somebody signed in, whatever their accounts. Under /api/v1 a session asks for everything that a key may, as far
 * as the member's role has the operation's `permission`.
 */
export type Allowed = 'operator' | 'management' | 'key' | 'anyone' | 'anyone-known' | 'person'

type Fields = z.ZodObject | undefined
type Parsed<S extends Fields> = S extends z.ZodObject ? z.output<S> : Record<string, never>

/** What a verb is given: everything checked, nothing raw. */
export type Request<P extends Fields, Q extends Fields, B extends Fields> = {
  readonly api: ApiOptions
  readonly bearer: Bearer
  readonly browser: Browser
  readonly params: Parsed<P>
  readonly query: Parsed<Q>
  readonly body: Parsed<B>
  /** The transaction in which all of an idempotent request happens; else the pool. */
  readonly db: Db
  /** What the caller named the request, if it may come again. */
  readonly idempotencyKey: string | undefined
  /** The body as it came, for an operation that takes it so. */
  readonly raw: RawBody
  /** For an answer that goes on after this. */
  readonly following: Following
}

/** Bytes that somebody signed, and the headers that say so. */
export type RawBody = { readonly bytes: Uint8Array; readonly header: (name: string) => string | undefined }

export type Following = {
  /** Finds once more who asks; throws when they may not any longer. */
  readonly admitAgain: () => Promise<Bearer>
  /** Where the answer before broke off. */
  readonly lastEventId: string | undefined
}

/** One call of the API as data: the server mounts it, the OpenAPI document describes it, tests check answers against it. */
export type Operation<
  P extends Fields = Fields,
  Q extends Fields = Fields,
  B extends Fields = Fields,
  A extends z.ZodType = z.ZodType,
  T = unknown,
> = {
  readonly id: string
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** OpenAPI's form; `{+id}` (RFC 6570) takes slashes too, as in `openai/gpt-4o`. */
  readonly path: `/${string}`
  readonly tag: string
  readonly summary: string
  readonly description?: string
  readonly allowed: Allowed
  /** What a person who is signed in must be allowed in the account; see `permissionOf`. */
  readonly permission?: Permission
  readonly params?: P
  readonly query?: Q
  readonly body?: B
  /** The body is handed on byte for byte, whatever it is. */
  readonly takesRaw?: boolean
  /** What it answers is a whole `Response`, with a status and headers of its own; `answer` only describes it. */
  readonly answersItself?: boolean
  readonly answer: A
  readonly status?: 200 | 201 | 302
  /** What this process reads anew before it answers, so that the next call finds the change. */
  readonly changes?: 'catalog'
  /** A POST that changes nothing, and may take long. */
  readonly readsOnly?: boolean
  /** An `Idempotency-Key` is not heeded: what is tried is counted whatever becomes of it, and no answer is kept. */
  readonly unrepeatable?: boolean
  /** The verb sees to it that a repetition under the same `Idempotency-Key` does nothing anew: it works outside of this process. */
  readonly onceByItself?: boolean
  /** Finds what the request is about, or refuses: `run` is given it, and the audit log what it was like. */
  readonly target?: (request: Request<P, Q, B>) => Promise<T>
  /**
   * What the audit log keeps of a change. `itself`: the verb writes it down, in transactions of its own; `nothing`: nothing
   * is changed that lasts. Else the whole operation is one transaction, with its entry.
   */
  readonly audit?: Audited<T> | 'itself' | 'nothing'
  readonly run: (request: Request<P, Q, B> & { readonly target: T }) => Promise<z.input<A>> | z.input<A>
}

/** The answer of an operation of status 302: where the browser goes on to. */
export const redirectAnswer = z.object({ location: z.string() })

/** An operation whose particular types were checked where it was written. */
export type AnyOperation = Omit<Operation, 'run' | 'target' | 'audit'> & {
  readonly run: (request: never) => unknown
  readonly target?: (request: never) => Promise<unknown>
  readonly audit?: Audited<never> | 'itself' | 'nothing'
}

/** What a member must be allowed: to look, for a GET; what only the operator may is `operate`; else it is declared. */
export function permissionOf({ permission, method, allowed }: Omit<AnyOperation, 'run'>): Permission | undefined {
  if (permission !== undefined || allowed === 'anyone' || allowed === 'anyone-known' || allowed === 'person')
    return permission
  if (method === 'get') return 'view'
  return allowed === 'operator' ? 'operate' : undefined
}

/** Declares an operation; the types of the request follow from its schemas. */
export function operation<
  A extends z.ZodType,
  P extends Fields = undefined,
  Q extends Fields = undefined,
  B extends Fields = undefined,
  T = undefined,
>(declared: Operation<P, Q, B, A, T>): Operation<P, Q, B, A, T> {
  return declared
}
