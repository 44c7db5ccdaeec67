/** Time as an argument. Only `main.ts` and its kin make a real one, so every decision about time can be tested. */
export type Clock = {
  /** Milliseconds since 1970, UTC. */
  readonly nowMs: () => number
  /** Milliseconds that never go back, for durations. */
  readonly monotonicMs: () => number
}

/** Chance as an argument: cryptographically strong bytes. */
export type Chance = { readonly bytes: (length: number) => Uint8Array }
