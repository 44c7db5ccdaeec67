import { sql } from 'kysely'
import type { Uuid } from '../../core/ids.ts'
import type { Db } from '../../platform/database/index.ts'
import type { AlertSpan } from './span.ts'

export const alertMetrics = ['spend', 'calls', 'errors'] as const
export type AlertMetric = (typeof alertMetrics)[number]

export type UsageAlertRow = {
  id: Uuid
  account_id: Uuid
  metric: AlertMetric
  span: AlertSpan
  threshold: bigint
  key_id: Uuid | null
  model_id: string | null
  created_at: Date
}

/** Rows of server/migrations/0022-usage-alerts.sql. */
const tables = (db: Db) => db.withTables<{ usage_alert: UsageAlertRow }>()

export const insertUsageAlert = (db: Db, row: UsageAlertRow) =>
  tables(db).insertInto('usage_alert').values(row).execute()

/** Of one account, or of each of several, oldest first: they are few. */
export const findUsageAlertRows = async (db: Db, accountIds: readonly Uuid[]): Promise<UsageAlertRow[]> =>
  accountIds.length === 0
    ? []
    : tables(db)
        .selectFrom('usage_alert')
        .selectAll()
        .where(sql<boolean>`account_id = any (${[...accountIds]}::uuid[])`)
        .orderBy('id')
        .execute()

export const findUsageAlertRow = (db: Db, id: Uuid) =>
  tables(db).selectFrom('usage_alert').selectAll().where('id', '=', id).executeTakeFirst()

export const deleteUsageAlertRow = (db: Db, id: Uuid) =>
  tables(db).deleteFrom('usage_alert').where('id', '=', id).executeTakeFirst()
