import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { emptyDatabase, type Scope, testDatabase } from '../../../test/support/database.ts'
import { debianCluster, hasDebianPostgres } from '../../../test/support/own-cluster.ts'
import { temporaryFolder } from '../../../test/support/scratch.ts'
import { type Database, migrate, openDatabase } from './index.ts'

/** A folder of migrations; `write` adds or changes one. */
async function migrationFolder(scope: Scope, files: Record<string, string>) {
  const folder = await temporaryFolder(scope)
  const write = (name: string, sql: string): Promise<void> => writeFile(join(folder, name), sql)
  for (const [name, sql] of Object.entries(files)) await write(name, sql)
  return { url: pathToFileURL(`${folder}/`), write }
}

const fruit = {
  '0001-fruit.sql': 'create table fruit (name text primary key);',
  '0002-apple.sql': `insert into fruit values ('apple'); insert into fruit values ('pear');`,
}

const fruitIn = async (database: Database): Promise<string[]> => {
  const { rows } = await database.pool.query<{ name: string }>('select name from fruit order by name')
  return rows.map(({ name }) => name)
}

test('migrations are applied in order, once, and recorded with their hash', async (t) => {
  const database = await emptyDatabase(t)
  const folder = await migrationFolder(t, fruit)
  assert.deepEqual(
    (await migrate(database, folder.url)).map(({ name }) => name),
    ['fruit', 'apple'],
  )
  assert.deepEqual(await migrate(database, folder.url), [])
  await folder.write('0003-plum.sql', `insert into fruit values ('plum')`)
  assert.equal((await migrate(database, folder.url)).length, 1)
  assert.deepEqual(await fruitIn(database), ['apple', 'pear', 'plum'])
  const { rows } = await database.pool.query('select version, name, length(sha256) as hash from schema_migration')
  assert.deepEqual(rows, [
    { version: 1, name: 'fruit', hash: 64 },
    { version: 2, name: 'apple', hash: 64 },
    { version: 3, name: 'plum', hash: 64 },
  ])
})

test('a migration that fails leaves nothing of itself, keeps those before it, and names the line at fault', async (t) => {
  const database = await emptyDatabase(t)
  const folder = await migrationFolder(t, { ...fruit, '0003-wrong.sql': `delete from fruit;\nselekt 1;` })
  await assert.rejects(migrate(database, folder.url), /migration 0003-wrong failed at line 2: syntax error/)
  assert.deepEqual(await fruitIn(database), ['apple', 'pear'])
  await folder.write('0003-wrong.sql', 'delete from fruit')
  assert.equal((await migrate(database, folder.url)).length, 1)
})

test('a migration that was changed after it was applied is refused', async (t) => {
  const database = await emptyDatabase(t)
  const folder = await migrationFolder(t, fruit)
  await migrate(database, folder.url)
  await folder.write('0001-fruit.sql', 'create table fruit (name text);')
  await assert.rejects(migrate(database, folder.url), /0001-fruit was changed after it was applied/)
})

test('a schema that is newer than the code is refused', async (t) => {
  const database = await emptyDatabase(t)
  await migrate(database, (await migrationFolder(t, fruit)).url)
  const older = await migrationFolder(t, { '0001-fruit.sql': fruit['0001-fruit.sql'] })
  await assert.rejects(migrate(database, older.url), /has migration 0002-apple, which this version .* does not know/)
})

test('a migration that is numbered below one that was applied is refused', async (t) => {
  const database = await emptyDatabase(t)
  const folder = await migrationFolder(t, { '0005-fruit.sql': fruit['0001-fruit.sql'] })
  await migrate(database, folder.url)
  await folder.write('0004-late.sql', 'select 1')
  await assert.rejects(migrate(database, folder.url), /0004-late is numbered below 5/)
})

test('two files of one number and files without a number are refused before anything is applied', async (t) => {
  const database = await emptyDatabase(t)
  const twins = await migrationFolder(t, { ...fruit, '0002-twin.sql': 'select 1' })
  await assert.rejects(migrate(database, twins.url), /0002-apple and 0002-twin share a number/)
  const nameless = await migrationFolder(t, { ...fruit, 'more.sql': 'select 1' })
  await assert.rejects(migrate(database, nameless.url), /more\.sql is not named like/)
  assert.deepEqual((await database.pool.query(`select to_regclass('fruit') as fruit`)).rows, [{ fruit: null }])
})

test('of several processes that migrate at once each statement is run by one', async (t) => {
  const database = await emptyDatabase(t)
  const folder = await migrationFolder(t, { ...fruit, '0003-slow.sql': 'select pg_sleep(0.2)' })
  const siblings = Array.from({ length: 4 }, () => openDatabase({ connection: database.connection }))
  const applied = await Promise.all(siblings.map((sibling) => migrate(sibling, folder.url)))
  await Promise.all(siblings.map((sibling) => sibling.close()))
  assert.deepEqual(
    applied.map(({ length }) => length).toSorted((a, b) => a - b),
    [0, 0, 0, 3],
  )
  assert.deepEqual(await fruitIn(database), ['apple', 'pear'])
})

test("the product's migrations run on PostgreSQL 15", { skip: !hasDebianPostgres && 'no PostgreSQL 15' }, async (t) => {
  const database = await testDatabase(t, { server: await debianCluster(t) })
  const { rows } = await database.pool.query<{ server_version: string }>('show server_version')
  assert.match(rows[0]!.server_version, /^15\./)
  assert.ok((await database.pool.query('select from schema_migration')).rowCount! > 0)
})
