/** Whatever runs cleanups at its end: a test's context, or `{ after }` of node:test for a whole file. */
export type Scope = { readonly after: (cleanup: () => Promise<void>) => void }

type Cleanup = () => unknown

const cleanups = new WeakMap<Scope, Cleanup[]>()

/**
 * Runs a cleanup at the end of the scope, after those that were asked for later: node:test keeps them in the other order.
 * One that fails fails the test, and keeps no other from running.
 */
export function atEnd(scope: Scope, cleanup: Cleanup): void {
  const known = cleanups.get(scope)
  if (known) {
    known.push(cleanup)
    return
  }
  const stack = [cleanup]
  cleanups.set(scope, stack)
  scope.after(async () => {
    const failures: unknown[] = []
    for (let last = stack.pop(); last; last = stack.pop()) {
      try {
        await last()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  })
}

/** Runs something with a scope of its own, for programs that are no tests; an ending that fails keeps no other from running. */
export async function within<Result>(run: (scope: Scope) => Promise<Result>): Promise<Result> {
  const endings: (() => Promise<void>)[] = []
  try {
    return await run({ after: (ending) => void endings.push(ending) })
  } finally {
    for (const ending of endings.toReversed())
      await ending().catch((error: unknown) => process.stderr.write(`${String(error)}\n`))
  }
}
