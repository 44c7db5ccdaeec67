import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { hasUserName, ownCluster } from '../../../../../test/support/own-cluster.ts'
import { temporaryFolder } from '../../../../../test/support/scratch.ts'
import { type Database, openDatabase } from '../../index.ts'
import { packArchive, readArchive, unpackArchive } from './archive.ts'
import { crc32c, setSystemIdentifier } from './identity.ts'
import { makeCluster } from './make.ts'

const fast = { settings: { fsync: 'off' } }

/** What differs between two clusters that were made alike: numbers of transactions, of files, and samples. */
const volatile = ['relfilenode', 'relfrozenxid', 'relminmxid', 'relpages', 'reltuples', 'relallvisible', 'relallfrozen']

/** Every row of every catalog, one text for each catalog. */
async function catalogsOf({ pool }: Database): Promise<Map<string, string[]>> {
  const tables = await pool.query<{ name: string }>(`select relname as name from pg_class
    where relnamespace = 'pg_catalog'::regnamespace and relkind = 'r' and relname <> 'pg_statistic' order by 1`)
  const catalogs = new Map<string, string[]>()
  for (const { name } of tables.rows) {
    const { rows } = await pool.query<{ row: string }>(
      `select (to_jsonb(t) - $1::text[])::text as row from pg_catalog.${name} t order by 1`,
      [[...volatile, 'datfrozenxid', 'datminmxid']],
    )
    catalogs.set(
      name,
      rows.map(({ row }) => row),
    )
  }
  return catalogs
}

test(
  'a new cluster is just what initdb makes of these binaries, in every row of every catalog',
  { skip: !hasUserName && 'initdb needs a user with a name' },
  async (t) => {
    const folder = await temporaryFolder(t)
    await makeCluster(folder)
    const genuine = await ownCluster(t, { ...fast, dataDir: folder })
    const ours = await ownCluster(t, fast)
    for (const name of ['redpill', 'postgres', 'template1']) {
      const [expected, found] = await Promise.all(
        [genuine, ours].map(async ({ postgres }) => {
          const database = openDatabase({ connection: { ...postgres.connection, database: name } })
          return catalogsOf(database).finally(database.close)
        }),
      )
      assert.ok(expected!.size > 50)
      assert.deepEqual(found, expected)
    }
  },
)

test('every cluster has an identifier of its own, and its pages still have the right checksums', async (t) => {
  const clusters = [await ownCluster(t, fast), await ownCluster(t, fast)]
  const identifiers = clusters.map(async ({ postgres }) => {
    const { pool, close } = openDatabase({ connection: postgres.connection })
    const { rows } = await pool.query<{ id: bigint }>('select system_identifier as id from pg_control_system()')
    await pool.query('create extension amcheck')
    await pool.query(`select bt_index_check(indexrelid) from pg_index join pg_class on oid = indexrelid
      where relam = (select oid from pg_am where amname = 'btree') and relpersistence = 'p'`)
    const failures = await pool.query('select coalesce(sum(checksum_failures), 0)::int as n from pg_stat_database')
    assert.deepEqual(failures.rows, [{ n: 0 }])
    await close()
    return rows[0]!.id
  })
  const [first, second] = await Promise.all(identifiers)
  assert.notEqual(first, second)
})

test('a cluster that is laid out in another way gets no identifier', () => {
  const files = new Map([
    ['global/pg_control', Buffer.alloc(8192, 1)],
    ['pg_wal/000000010000000000000001', Buffer.alloc(8192)],
  ])
  assert.throws(() => setSystemIdentifier(files, 1n), /not laid out as PostgreSQL 18/)
})

test('CRC-32C gives the check value of its definition', () => {
  assert.equal(crc32c(Buffer.from('123456789')), 0xe3_06_92_83)
})

test('an archive gives back the folders and files that were put in, byte for byte', async (t) => {
  const folder = await temporaryFolder(t)
  await mkdir(join(folder, 'a/empty'), { recursive: true })
  const files = {
    'a/zero': Buffer.alloc(0),
    'a/big': Buffer.alloc(300_000, 7),
    skipped: Buffer.from('x'),
    ä: Buffer.from('é'),
  }
  for (const [path, content] of Object.entries(files)) await writeFile(join(folder, path), content)
  const archive = await readArchive(folder, (path) => path === 'skipped')
  const found = await unpackArchive(await packArchive(archive))
  assert.deepEqual(found.folders, ['a', 'a/empty'])
  assert.deepEqual([...found.files.keys()], ['a/big', 'a/zero', 'ä'])
  assert.deepEqual(found.files, archive.files)
})
