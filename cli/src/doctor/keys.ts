import { isZero } from '../amounts.ts'
import type { Data, OwnCredits, Whoami } from '../answers.ts'
import { Failure, failureText } from '../failure.ts'
import type { Session } from '../session.ts'
import { type Finding, findingsOf } from './finding.ts'

/** Whether models can be called with the key that is at hand. */
export async function checkInferenceKey({ connection, client }: Session): Promise<Finding> {
  const { ok, warn, fail, skip } = findingsOf('key for models')
  const { inferenceKey: key } = connection
  if (!key) return skip('none given')
  try {
    const caller = client('inference')
    const { data: who } = await caller.get<Data<Whoami>>('/api/v1/whoami')
    const { name, id, frozen } = who.account
    if (who.role !== 'caller') return skip(`the key from ${key.source} is for management`)
    if (frozen) return warn(`the account ${name} is frozen`, `redpill accounts unfreeze ${id}`)
    const { data: credits } = await caller.get<Data<OwnCredits>>('/v1/credits')
    const words = `${who.key.label} of ${name} (from ${key.source})`
    if (!isZero(credits.available_credits)) return ok(words)
    return warn(`${words}: the account has no credits left`, `redpill credits grant ${id} 1000000`)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return fail(failureText(error), 'make one that works: redpill keys create')
  }
}

/** Whether the key at hand is the operator's: the checks after this one need it. */
export async function checkOperatorKey({ connection, client }: Session): Promise<Finding> {
  const { ok, warn, fail, skip } = findingsOf("operator's key")
  const { managementKey: key } = connection
  if (!key) return skip('none given')
  try {
    const { data: who } = await client('management').get<Data<Whoami>>('/api/v1/whoami')
    if (who.role === 'operator') return ok(`${who.key.label} (from ${key.source})`)
    return warn(`the key from ${key.source} is not the operator's`, 'give that one for the checks below')
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return fail(failureText(error), 'give one that works with --key or REDPILL_OPERATOR_KEY')
  }
}
