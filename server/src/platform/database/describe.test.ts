import assert from 'node:assert/strict'
import { test } from 'node:test'
import { migrations, testDatabase } from '../../../test/support/database.ts'
import { describeDatabase } from './index.ts'
import { readMigrations } from './migrate.ts'

test('a database tells its version, its newest migration and its time', async (t) => {
  const { version, schema, now } = await describeDatabase(await testDatabase(t))
  const newest = (await readMigrations(migrations)).at(-1)!
  assert.match(version, /^\d+(\.\d+)?$/)
  assert.equal(schema, `${String(newest.version).padStart(4, '0')}-${newest.name}`)
  // It may be another machine's clock, but it tells the time of day.
  assert.ok(Math.abs(now.getTime() - Date.now()) < 3_600_000)
})
