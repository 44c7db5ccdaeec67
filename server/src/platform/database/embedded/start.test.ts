import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, cp, mkdir, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { clock } from '../../../../test/support/clock.ts'
import { ownCluster } from '../../../../test/support/own-cluster.ts'
import { atEnd, type Scope } from '../../../../test/support/scope.ts'
import { temporaryFolder } from '../../../../test/support/scratch.ts'
import { type EmbeddedEvent, type EmbeddedPostgres, openDatabase, startEmbeddedPostgres } from '../index.ts'
import { accountFor } from './account.ts'
import { findBinaries } from './binaries.ts'
import { isAlive, signalProcess } from './processes.ts'

const isRoot = process.getuid?.() === 0
const asRoot = { skip: !isRoot && 'needs root' }
const onLinux = { skip: process.platform !== 'linux' && 'needs /proc' }

/** Where a test does not pull the plug it need not wait for the disk. */
const fast = { settings: { fsync: 'off' } }

type Answer = { readonly pid: number; readonly adopted: boolean; readonly error?: string }

const script = fileURLToPath(new URL('../../../../test/support/embedded-process.ts', import.meta.url))

/** Another process that runs the embedded PostgreSQL of a folder, in a process group of its own as under a shell. */
async function otherProcess(scope: Scope, ...args: string[]): Promise<Answer & { readonly process: ChildProcess }> {
  const child = spawn(process.execPath, [script, ...args], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] })
  atEnd(scope, () => kill(child, 'SIGKILL'))
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  const answer = JSON.parse(line) as Answer
  if (answer.pid) atEnd(scope, () => signalProcess(answer.pid, 'SIGQUIT')) // Gone by now, unless the test failed.
  return { ...answer, process: child }
}

async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill(signal)
  await once(child, 'exit')
}

async function query(postgres: EmbeddedPostgres, sql: string): Promise<unknown[]> {
  const { pool, close } = openDatabase({ connection: postgres.connection })
  const { rows } = await pool.query(sql).finally(close)
  return rows as unknown[]
}

const logOf = (dataDir: string): Promise<string> => readFile(join(dataDir, 'postgres.log'), 'utf8')

test('a first start makes a cluster with checksums, UTF-8, a fixed order of texts and nothing waived', async (t) => {
  const { postgres } = await ownCluster(t)
  const names = `data_checksums fsync full_page_writes synchronous_commit server_encoding listen_addresses`.split(' ')
  const [row] = await query(
    postgres,
    `select ${names.map((name) => `current_setting('${name}') as ${name}`).join()},
    (select datlocprovider::text || ' ' || datlocale from pg_database where datname = current_database()) as locale`,
  )
  assert.deepEqual(row, {
    data_checksums: 'on',
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',
    server_encoding: 'UTF8',
    listen_addresses: '',
    locale: 'b C.UTF-8',
  })
})

test('root runs it from and in folders that nobody else can enter', asRoot, async (t) => {
  const closed = await temporaryFolder(t)
  const cache = await temporaryFolder(t, tmpdir())
  const account = await accountFor(closed)
  const packaged = await findBinaries({ account: undefined, folder: closed })
  await cp(dirname(packaged), join(closed, 'package'), { recursive: true, verbatimSymlinks: true })
  const find = { account, folder: closed, binaries: join(closed, 'package/native'), places: [cache] }
  const binaries = await findBinaries(find)
  assert.equal(dirname(binaries), cache)
  assert.equal(await findBinaries(find), binaries)

  const { postgres, dataDir } = await ownCluster(t, { ...fast, dataDir: join(closed, 'data'), binaries })
  assert.deepEqual(await query(postgres, 'select 1 as one'), [{ one: 1 }])
  const owner = await stat(join(dataDir, 'cluster'))
  assert.equal(owner.uid, account?.uid)
  assert.equal(owner.mode & 0o777, 0o700)
})

test('a copy of the binaries is never taken from a folder in which others can put things', asRoot, async (t) => {
  const closed = await temporaryFolder(t)
  const open = await temporaryFolder(t, tmpdir())
  await chmod(open, 0o777)
  const packaged = await findBinaries({ account: undefined, folder: closed })
  await cp(dirname(packaged), join(closed, 'package'), { recursive: true, verbatimSymlinks: true })
  const account = await accountFor(closed)
  const find = { account, folder: closed, binaries: join(closed, 'package/native'), places: [open] }
  await assert.rejects(findBinaries(find), /cannot run here \(.*EACCES\): set REDPILL_DATABASE_URL/)
  assert.deepEqual(await readdir(open), [])
})

test('a user without an entry in passwd runs it', asRoot, async (t) => {
  const folder = await temporaryFolder(t)
  const uid = 54_321
  assert.doesNotMatch(await readFile('/etc/passwd', 'utf8'), new RegExp(`:${uid}:`))
  await chown(folder, uid, uid)
  const other = await otherProcess(t, folder, String(uid))
  assert.equal(other.error, undefined)
  assert.match(await readFile(`/proc/${other.pid}/status`, 'utf8'), new RegExp(`^Uid:\\s+${uid}\\s`, 'm'))
  await kill(other.process, 'SIGTERM')
  assert.equal(await isAlive(other.pid), false)
})

test('a server that survived the SIGKILL of its process is adopted with what was committed', async (t) => {
  const dataDir = await temporaryFolder(t)
  const other = await otherProcess(t, dataDir)
  await kill(other.process, 'SIGKILL')
  assert.equal(await isAlive(other.pid), true)
  const { postgres } = await ownCluster(t, { dataDir })
  assert.equal(postgres.adopted, true)
  assert.equal(postgres.pid(), other.pid)
  assert.deepEqual(await query(postgres, 'select 1 as one'), [{ one: 1 }])
})

test('a survivor with other settings is replaced, unless somebody still uses it', async (t) => {
  const dataDir = await temporaryFolder(t)
  const other = await otherProcess(t, dataDir)
  const options = { dataDir, clock, settings: { work_mem: '5MB' } }
  const second = await startEmbeddedPostgres(options)
  assert.equal(second.pid(), other.pid)
  await second.stop()
  await kill(other.process, 'SIGKILL')
  const { postgres } = await ownCluster(t, options)
  assert.equal(postgres.adopted, false)
  assert.deepEqual(await query(postgres, 'show work_mem'), [{ work_mem: '5MB' }])
})

test('a stop is clean: the server is gone, and the next start has nothing to recover', async (t) => {
  const { postgres, dataDir, ...own } = await ownCluster(t)
  const first = postgres.pid()
  const database = await own.open()
  await database.pool.query('create table kept as select 1 as one')
  await postgres.stop() // With a connection still open.
  assert.equal(await isAlive(first), false)
  assert.match(await logOf(dataDir), /database system is shut down\n$/)
  const again = await startEmbeddedPostgres({ dataDir, clock })
  assert.deepEqual(await query(again, 'select one from kept'), [{ one: 1 }])
  await again.stop()
  assert.doesNotMatch(await logOf(dataDir), /not properly shut down/)
})

test('Ctrl-C in the terminal does not reach the database', async (t) => {
  const other = await otherProcess(t, await temporaryFolder(t))
  process.kill(-other.process.pid!, 'SIGINT')
  await sleep(100)
  assert.equal(await isAlive(other.pid), true)
  await kill(other.process, 'SIGTERM')
  assert.equal(await isAlive(other.pid), false)
})

test('a pid file that a killed server left behind does not matter, even when its number is taken by an alien', async (t) => {
  const dataDir = await temporaryFolder(t)
  const other = await otherProcess(t, dataDir)
  await kill(other.process, 'SIGKILL')
  process.kill(other.pid, 'SIGKILL')
  while (await isAlive(other.pid)) await sleep(10)

  const alien = spawn('sleep', ['60'], isRoot ? { uid: (await stat(join(dataDir, 'cluster'))).uid } : {})
  atEnd(t, () => kill(alien, 'SIGKILL'))
  for (const file of ['postmaster.pid', '.s.PGSQL.5432.lock']) {
    const path = join(dataDir, 'cluster', file)
    await writeFile(path, (await readFile(path, 'utf8')).replace(/^\d+/, String(alien.pid)))
  }
  const { postgres } = await ownCluster(t, { dataDir })
  assert.equal(postgres.adopted, false)
  assert.deepEqual(await query(postgres, 'select 1 as one'), [{ one: 1 }])
  assert.equal(await isAlive(alien.pid!), true)
})

test('it opens no port: its only socket is inside a folder that others cannot enter', onLinux, async (t) => {
  const { postgres, dataDir } = await ownCluster(t, fast)
  const handles = `/proc/${postgres.pid()}/fd`
  const targets = await Promise.all((await readdir(handles)).map((fd) => readlink(join(handles, fd)).catch(() => '')))
  const sockets = targets.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? [])
  assert.ok(sockets.length > 0)
  for (const table of ['tcp', 'tcp6', 'udp', 'udp6']) {
    const text = await readFile(`/proc/${postgres.pid()}/net/${table}`, 'utf8').catch(() => '')
    const inodes = new Set(text.split('\n').map((line) => line.trim().split(/\s+/)[9]))
    assert.ok(sockets.every((socket) => !inodes.has(socket)))
  }
  assert.equal((await stat(join(dataDir, 'cluster'))).mode & 0o077, 0)
})

test('processes that start at once on a new folder share one server, and the last to stop stops it', async (t) => {
  const dataDir = await temporaryFolder(t)
  const others = await Promise.all([1, 2, 3].map(() => otherProcess(t, dataDir)))
  const { pid } = others[0]!
  assert.deepEqual(
    others.map((other) => other.pid),
    [pid, pid, pid],
  )
  assert.equal(others.filter(({ adopted }) => !adopted).length, 1)
  for (const other of others) {
    assert.equal(await isAlive(pid), true)
    await kill(other.process, 'SIGTERM')
  }
  assert.equal(await isAlive(pid), false)
})

test('a server that is killed is started again, with everything that was committed', async (t) => {
  const events: EmbeddedEvent[] = []
  const own = await ownCluster(t, { onEvent: (event) => events.push(event) })
  const { pool } = await own.open()
  await pool.query('create table kept as select 1 as one')
  for (let round = 1; round <= 2; round++) {
    const before = own.postgres.pid()
    own.kill()
    while (events.length < 2 * round) await sleep(10)
    assert.notEqual(own.postgres.pid(), before)
    assert.deepEqual(await query(own.postgres, 'select one from kept'), [{ one: 1 }])
  }
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ['died', 'restarted', 'died', 'restarted'],
  )
})

test('a backend that goes on working after its server was killed does not keep a new one from starting', async (t) => {
  const events: EmbeddedEvent[] = []
  const own = await ownCluster(t, { ...fast, onEvent: (event) => events.push(event) })
  const { pool } = await own.open()
  const busy = assert.rejects(
    pool.query('select sum(n) from (select generate_series(1, 1e10::bigint) as n) as numbers'),
  )
  while (
    (await pool.query(`select from pg_stat_activity where query like '%1e10%' and state = 'active'`)).rowCount! < 2
  ) {
    await sleep(10)
  }
  own.kill()
  while (events.length < 2) await sleep(10)
  assert.equal(events[1]?.kind, 'restarted')
  assert.deepEqual(await query(own.postgres, 'select 1 as one'), [{ one: 1 }])
  await busy
})

test('what an interrupted first start left behind is not in the way of the next', async (t) => {
  const dataDir = await temporaryFolder(t)
  await mkdir(join(dataDir, 'cluster.new/base'), { recursive: true })
  const { postgres } = await ownCluster(t, { ...fast, dataDir })
  assert.deepEqual(await query(postgres, 'select 1 as one'), [{ one: 1 }])
})

test('a folder may have a long path with any characters in it', async (t) => {
  const dataDir = join(await temporaryFolder(t), `häuser 'of' "cards" $HOME \\ ${'very '.repeat(20)}long`)
  const { postgres } = await ownCluster(t, { ...fast, dataDir })
  assert.deepEqual(await query(postgres, 'select 1 as one'), [{ one: 1 }])
  const second = await startEmbeddedPostgres({ ...fast, dataDir, clock })
  assert.equal(second.adopted, true)
  await second.stop()
})

test('a start that fails shows what the server said', async (t) => {
  const dataDir = await temporaryFolder(t)
  const start = startEmbeddedPostgres({ dataDir, clock, settings: { fsync: 'off', shared_buffers: 'plenty' } })
  await assert.rejects(
    start,
    /did not start.*ended with 1[\s\S]*invalid value for parameter "shared_buffers": "plenty"/,
  )
})

test('a folder that cannot be made or written is named, with what to do', async () => {
  const start = startEmbeddedPostgres({ dataDir: '/dev/null/data', clock })
  await assert.rejects(start, /folder of the database, \/dev\/null\/data, cannot be used: ENOTDIR.*set REDPILL_DATA/)
})

test('a cluster of another user, of root, or of another version is refused in words', asRoot, async (t) => {
  const folder = await temporaryFolder(t)
  await startEmbeddedPostgres({ ...fast, dataDir: folder, clock }).then((postgres) => postgres.stop())
  const cluster = join(folder, 'cluster')
  const uid = 54_322
  await chown(folder, uid, uid)
  const other = await otherProcess(t, folder, String(uid))
  assert.match(other.error ?? '', /belongs to user \d+, and this is user 54322: run as that user, or chown -R it/)
  await chown(folder, 0, 0)

  await writeFile(join(cluster, 'PG_VERSION'), '17\n')
  await assert.rejects(
    startEmbeddedPostgres({ dataDir: folder, clock }),
    /is of PostgreSQL 17, and this RedPill brings 18/,
  )
  await writeFile(join(cluster, 'PG_VERSION'), '18\n')
  await chown(cluster, 0, 0)
  await assert.rejects(startEmbeddedPostgres({ dataDir: folder, clock }), /belongs to root/)
})

test(
  'a disk that is full at the first start is named, and the next start succeeds once there is room',
  asRoot,
  async (t) => {
    const disk = await temporaryFolder(t)
    const run = promisify(execFile)
    const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=20m', 'none', disk]).then(
      () => true,
      () => false,
    )
    if (!mounted) return t.skip('may not mount')
    atEnd(t, () => run('umount', ['-l', disk]))
    const dataDir = join(disk, 'data')
    await assert.rejects(startEmbeddedPostgres({ dataDir, clock }), /could not be made in .*no space left on device/s)
    await run('mount', ['-o', 'remount,size=200m', disk])
    const postgres = await startEmbeddedPostgres({ dataDir, clock })
    assert.deepEqual(await query(postgres, 'select 1 as one'), [{ one: 1 }])
    await postgres.stop()
    await rm(dataDir, { recursive: true })
  },
)
