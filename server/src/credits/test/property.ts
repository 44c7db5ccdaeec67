import fc from 'fast-check'
import { anyCommands, type Command, openBoth } from './commands.ts'
import type { TestLedger } from './ledger.ts'

/** The property: whatever is asked in whatever order, and asked again, the ledger does what the plain model does. */
export async function checkLedger(ledger: TestLedger, numRuns: number): Promise<fc.RunDetails<[Iterable<Command>]>> {
  const processId = ledger.makeId()
  const lane = ledger.openLane({ processId })
  const property = fc.asyncProperty(anyCommands(14), async (commands) => {
    const both = await openBoth(ledger, lane, processId)
    await fc.asyncModelRun(() => both, commands)
  })
  return fc.check(property, { numRuns })
}

/** Throws with the seed and the shortest sequence that breaks the property. */
export async function requireHeld(details: fc.RunDetails<[Iterable<Command>]>): Promise<void> {
  if (details.failed) throw new Error(await fc.asyncDefaultReportMessage(details), { cause: details.errorInstance })
}
