import type { Chance, Clock } from '../core/clock.ts'
import type { MakeId, Uuid } from '../core/ids.ts'
import { credits, toCredits } from '../core/money.ts'
import { assert } from '../core/assert.ts'
import { grant } from '../credits/index.ts'
import type { Db } from '../platform/database/index.ts'
import type { Secrets } from '../platform/secrets.ts'
import { inTransaction } from '../platform/transaction.ts'
import { createAccount, findOperatorAccount } from './accounts.ts'
import { recordAudit } from './audit/audit.ts'
import type { AuditEntry } from './audit/types.ts'
import { issueKey } from './keys.ts'
import { makeOperatorPerson } from './sign-in/operator-link.ts'
import { lockBootstrap } from './store.ts'
import type { Account, KeyKind } from './types.ts'

const demoCredits = credits(10_000_000)

export type BootstrapTools = {
  readonly db: Db
  readonly secrets: Pick<Secrets, 'hmac'>
  readonly clock: Clock
  readonly chance: Chance
  readonly makeId: MakeId
}

/** The secrets of the first run; shown once. */
export type FirstKeys = { readonly operatorKey: string; readonly demoKey: string }

export type Bootstrapped =
  | { readonly kind: 'created'; readonly keys: FirstKeys; readonly operatorId: Uuid; readonly demoId: Uuid }
  /** Another start made them. */
  | { readonly kind: 'existing'; readonly operatorId: Uuid }

/**
 * Makes the operator's account and key, and a demo account with granted credits and a key: once per database, however
 * many processes start at once. `publish` runs before the commit: if it fails, nothing was made and the next start
 * tries again, so the only copy of the keys is never lost.
 */
export function bootstrap(
  tools: BootstrapTools,
  publish: (keys: FirstKeys) => Promise<void> = () => Promise.resolve(),
): Promise<Bootstrapped> {
  return inTransaction(tools.db, async (db) => {
    await lockBootstrap(db)
    const existing = await findOperatorAccount(db)
    if (existing) return { kind: 'existing', operatorId: existing.id }
    const within = { ...tools, db }
    const operator = await makeAccount(within, 'Operator', 'operator')
    const demo = await makeAccount(within, 'Demo', 'customer')
    await grantDemoCredits(within, demo.id)
    const personId = await makeOperatorPerson(within, [operator.id, demo.id])
    for (const accountId of [operator.id, demo.id])
      await note(within, { accountId, target: { kind: 'member', id: personId }, after: { role: 'owner' } })
    const keys = {
      operatorKey: await makeKey(within, operator.id, 'management', 'Operator'),
      demoKey: await makeKey(within, demo.id, 'inference', 'Demo'),
    }
    await publish(keys)
    return { kind: 'created', keys, operatorId: operator.id, demoId: demo.id }
  })
}

async function grantDemoCredits(tools: BootstrapTools, accountId: Uuid): Promise<void> {
  const transferId = tools.makeId()
  const reason = 'credits to try RedPill with'
  await grant(tools.db, { transferId, accountId, amount: demoCredits, reference: 'bootstrap', note: reason })
  const after = { kind: 'grant', credits: toCredits(demoCredits), reason }
  await note(tools, { accountId, target: { kind: 'transfer', id: transferId }, after })
}

/** A further management key for the operator, for whoever lost the first; older ones keep working until deleted. */
export async function reissueOperatorKey(tools: BootstrapTools): Promise<string | undefined> {
  return inTransaction(tools.db, async (db) => {
    const operator = await findOperatorAccount(db)
    return operator && makeKey({ ...tools, db }, operator.id, 'management', 'Operator (reissued)')
  })
}

async function makeAccount(tools: BootstrapTools, name: string, kind: Account['kind']): Promise<Account> {
  const { db, makeId, clock } = tools
  const account = await createAccount(db, { id: makeId(), name, kind, createdAt: new Date(clock.nowMs()) })
  const { id } = account
  await note(tools, { accountId: id, target: { kind: 'account', id }, after: { name, kind } })
  return account
}

async function makeKey(tools: BootstrapTools, accountId: Uuid, kind: KeyKind, name: string): Promise<string> {
  const { db, makeId, clock } = tools
  const key = { id: makeId(), accountId, kind, name, createdAt: new Date(clock.nowMs()) }
  const issued = await issueKey(db, key, tools)
  assert(issued.kind === 'issued', 'the account was made or found just before')
  const { label } = issued.key
  await note(tools, { accountId, target: { kind: 'key', id: key.id }, after: { name, kind, label } })
  return issued.secret
}

/** Writes down what was made here; nobody asked for it but whoever started the server. */
const note = (
  { db, makeId, clock }: BootstrapTools,
  made: Pick<AuditEntry, 'target' | 'accountId' | 'after'>,
): Promise<void> =>
  recordAudit(db, {
    ...{ id: makeId(), at: new Date(clock.nowMs()), actor: { kind: 'system' }, origin: undefined },
    ...{ action: 'bootstrap', before: undefined, ...made },
  })
