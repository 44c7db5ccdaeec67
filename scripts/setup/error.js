/** A failure of the set-up that its message explains; shown without a stack. */
export class SetupError extends Error {}

/**
 * Says why RedPill cannot start and ends the process.
 * @param {unknown} error @returns {never}
 */
export function explainAndExit(error) {
  const text = error instanceof SetupError ? error.message : error instanceof Error ? error.stack : String(error)
  process.stderr.write(`\nRedPill cannot start.\n${text}\n`)
  process.exit(1)
}
