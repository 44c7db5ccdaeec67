import type { Database } from './connect.ts'

/** What a database tells of itself. */
export type DatabaseDescription = {
  /** Of PostgreSQL, such as `18.4`. */
  readonly version: string
  /** The newest migration that was applied, such as `0005-idempotency`. */
  readonly schema: string
  /** Its clock. */
  readonly now: Date
}

/** Describes a database that was brought up to date by `migrate`. */
export async function describeDatabase({ pool }: Database): Promise<DatabaseDescription> {
  const { rows } = await pool.query<DatabaseDescription>(`
    select split_part(current_setting('server_version'), ' ', 1) as version,
           lpad(newest.version::text, 4, '0') || '-' || newest.name as schema,
           clock_timestamp() as now
    from schema_migration newest
    order by newest.version desc
    limit 1`)
  return rows[0]!
}
