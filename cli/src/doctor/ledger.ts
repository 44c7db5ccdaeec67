import type { Reconciliation } from '../answers.ts'
import type { Session } from '../session.ts'
import { type Finding, findingsOf } from './finding.ts'

/** Whether the books are right. */
export async function checkLedger({ client }: Session): Promise<Finding[]> {
  const { ok, fail } = findingsOf('ledger')
  const result = await client('management').send<Reconciliation>('POST', '/api/v1/reconcile', { body: {} })
  if (result.ok) return [ok(`all ${result.invariants.length} invariants hold`)]
  const broken = result.invariants.filter((invariant) => !invariant.ok).map(({ id, detail }) => `${id}: ${detail}`)
  return [fail(broken.join('; '), 'stop calls, keep the database as it is, and look: redpill reconcile')]
}
