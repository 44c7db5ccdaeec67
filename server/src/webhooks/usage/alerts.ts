import type { Uuid } from '../../core/ids.ts'
import type { Db } from '../../platform/database/index.ts'
import type { AlertSpan } from './span.ts'
import {
  type AlertMetric,
  deleteUsageAlertRow,
  findUsageAlertRow,
  findUsageAlertRows,
  insertUsageAlert,
  type UsageAlertRow,
} from './store.ts'

/** That an account wants to be told when it uses so much in one span of time. */
export type UsageAlert = {
  readonly id: Uuid
  readonly accountId: Uuid
  readonly metric: AlertMetric
  readonly span: AlertSpan
  /** Nano-USD of spend, or a number of calls. */
  readonly threshold: bigint
  /** `undefined`: of all keys. */
  readonly keyId: Uuid | undefined
  /** `undefined`: of all models. */
  readonly modelId: string | undefined
  readonly createdAt: Date
}

/** How many an account has at most. */
export const usageAlertsMax = 20

/** `false`: the account has as many as it may. */
export async function createUsageAlert(db: Db, alert: UsageAlert): Promise<boolean> {
  if ((await listUsageAlerts(db, alert.accountId)).length >= usageAlertsMax) return false
  const { id, accountId: account_id, metric, span, threshold, keyId, modelId, createdAt: created_at } = alert
  const about = { key_id: keyId ?? null, model_id: modelId ?? null }
  await insertUsageAlert(db, { id, account_id, metric, span, threshold, ...about, created_at })
  return true
}

/** Oldest first. */
export const listUsageAlerts = async (db: Db, accountId: Uuid): Promise<UsageAlert[]> =>
  (await findUsageAlertRows(db, [accountId])).map(alertOf)

export async function findUsageAlert(db: Db, id: Uuid): Promise<UsageAlert | undefined> {
  const row = await findUsageAlertRow(db, id)
  return row && alertOf(row)
}

/** `false`: there was none. */
export const deleteUsageAlert = async (db: Db, id: Uuid): Promise<boolean> =>
  (await deleteUsageAlertRow(db, id)).numDeletedRows === 1n

export const alertOf = ({ account_id, key_id, model_id, created_at, ...row }: UsageAlertRow): UsageAlert => ({
  ...{ id: row.id, accountId: account_id, metric: row.metric, span: row.span, threshold: row.threshold },
  ...{ keyId: key_id ?? undefined, modelId: model_id ?? undefined, createdAt: created_at },
})
