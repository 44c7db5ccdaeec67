import { Failure, failureText } from '../failure.ts'
import type { Session } from '../session.ts'
import { checkDatabaseAlone, checkSchema } from './database.ts'
import { type Finding, findingsOf } from './finding.ts'
import { checkInferenceKey, checkOperatorKey } from './keys.ts'
import { checkLedger } from './ledger.ts'
import { checkMachine } from './machine.ts'
import { checkServer } from './server.ts'
import { checkPrices, checkProviders } from './supply.ts'

/** What only the operator may ask, in the order in which faults explain each other. */
const operatorChecks: Readonly<Record<string, (session: Session) => Promise<readonly Finding[]>>> = {
  schema: checkSchema,
  providers: checkProviders,
  prices: checkPrices,
  ledger: checkLedger,
}

/** Looks at everything that can be looked at, from this machine outward; gives each finding as it is made. */
export async function* examine(session: Session): AsyncGenerator<Finding> {
  const { outside, connection } = session
  yield* await checkMachine(outside, connection)
  const server = await checkServer(session)
  yield* server.findings
  if (!server.isUp) {
    yield await checkDatabaseAlone(outside, connection)
    return
  }
  yield await checkInferenceKey(session)
  const operator = await checkOperatorKey(session)
  yield operator
  for (const [name, check] of Object.entries(operatorChecks)) {
    if (operator.state === 'ok') yield* await outcomeOf(name, check(session))
    else yield findingsOf(name).skip("needs the operator's key")
  }
}

/** A check that itself fails is a finding too. */
async function outcomeOf(name: string, check: Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await check
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return [findingsOf(name).fail(failureText(error), 'look into the log of the server')]
  }
}
