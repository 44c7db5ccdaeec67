/**
 * PostgreSQL, given or our own: a pool with typed queries, notifications, migrations, and an embedded server for those
 * who have none.
 */
export { type Connection, type Database, type DatabaseOptions, type Db, openDatabase } from './connect.ts'
export { type DatabaseDescription, describeDatabase } from './describe.ts'
export type { Notice, NoticeHandler } from './listen.ts'
export { type Migration, migrate } from './migrate.ts'
export { waitForDatabase } from './wait.ts'
export {
  type EmbeddedEvent,
  type EmbeddedOptions,
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from './embedded/start.ts'
