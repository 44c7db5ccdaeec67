import type { Caller } from '../accounts/index.ts'

export const resources = ['requests', 'tokens', 'parallel'] as const
/** What is limited: calls per minute, tokens per minute, calls under way at once. */
export type Resource = (typeof resources)[number]

/** Whose limit it is. */
export type LimitSide = 'key' | 'account'

/** Limits for whoever has none of their own; 0 is no limit. */
export type DefaultLimits = Readonly<Record<LimitSide, Readonly<Record<Resource, number>>>>

/** One limit of one caller. */
export type Bound = {
  /** The key or account. */
  readonly ownerId: string
  readonly side: LimitSide
  readonly resource: Resource
  readonly most: number
}

/** How one limit stands, as far as this process knows. */
export type Standing = {
  readonly limit: number
  readonly remaining: number
  /** When the limit begins anew. */
  readonly resetAtMs: number
}

/** The tightest limit of each kind that the caller has. */
export type Standings = { readonly requests?: Standing; readonly tokens?: Standing }

export type Refused = {
  readonly kind: 'refused'
  readonly bound: Bound
  readonly retryAfterSeconds: number
}

/** A call that was let in. */
export type Pass = {
  /** Whether it is worth while to bound the call's tokens. */
  readonly limitsTokens: boolean
  /** Sets tokens aside before the call. A bound above a whole limit takes the whole limit. */
  readonly reserveTokens: (bound: number) => Promise<Refused | undefined>
  readonly standings: () => Standings
  /** The end of the call, once: frees its place, and corrects what was set aside to what was used. */
  readonly leave: (tokensUsed: number) => void
}

export type Entered = { readonly kind: 'entered'; readonly pass: Pass } | Refused

export type Limiter = {
  /** Lets a call in, or says which limit refuses it. Costs nothing where the caller has no limits. */
  readonly enter: (caller: Caller) => Promise<Entered>
  /** How the limits of a refused or admitted caller stand. */
  readonly standings: (caller: Caller) => Standings
  /** Gives back what this process has taken and not used. */
  readonly close: () => Promise<void>
}
