/** States what must hold here whatever the input; a failure is a fault of ours, never of the caller's. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`)
}
