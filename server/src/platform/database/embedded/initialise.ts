// Makes a PostgreSQL 18 cluster as initdb does (src/bin/initdb/initdb.c), which refuses accounts without a passwd entry.
import { chown, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Account } from './account.ts'
import { initialiseSteps } from './initialise-sql.ts'
import { runWithInput } from './run.ts'

export type InitialiseOptions = {
  readonly cluster: string
  readonly native: string
  readonly account: Account | undefined
  /** Whether every file is forced to disk before the cluster counts as made. */
  readonly durable: boolean
}

/** The role and the database that we use, and the only ones there are. */
export const superuser = 'redpill'

/** The only version of clusters that the binaries can run. */
export const majorVersion = '18'

const folders = `
  global base base/1 pg_commit_ts pg_dynshmem pg_logical pg_logical/mappings pg_logical/snapshots pg_multixact
  pg_multixact/members pg_multixact/offsets pg_notify pg_replslot pg_serial pg_snapshots pg_stat pg_stat_tmp
  pg_subtrans pg_tblspc pg_twophase pg_wal pg_wal/archive_status pg_wal/summaries pg_xact
`
  .trim()
  .split(/\s+/)

/** Settings that an operator may change here; what keeps the cluster private and ours is on the command line instead. */
const configuration = `# PostgreSQL of RedPill. Written once, when the cluster was made: change what you like and restart.
max_connections = 200
shared_buffers = 128MB
dynamic_shared_memory_type = ${process.platform === 'linux' ? 'posix' : 'mmap'}
max_wal_size = 1GB
min_wal_size = 80MB
log_checkpoints = off
log_timezone = 'UTC'
timezone = 'UTC'
datestyle = 'iso, mdy'
lc_messages = 'C'
lc_monetary = 'C'
lc_numeric = 'C'
lc_time = 'C'
default_text_search_config = 'pg_catalog.english'
`

/** Whoever may enter the folder of the socket may connect: that folder is the cluster itself, closed to other accounts. */
const authentication = `# type  database     user  method
local   all          all   trust
local   replication  all   trust
`

/** Makes the cluster beside its place and moves it there when it is whole, so an interrupted start leaves none behind. */
export async function initialise({ cluster, native, account, durable }: InitialiseOptions): Promise<void> {
  const draft = `${cluster}.new`
  const share = join(native, 'share/postgresql')
  const run = (args: readonly string[], input = ''): Promise<string> =>
    runWithInput({ command: join(native, 'bin/postgres'), args, cwd: draft, account, input })

  await rm(draft, { recursive: true, force: true })
  await layOut(draft, account)
  const at = ['-D', clusterArgument(draft), '-F', '-c', 'log_checkpoints=off']
  await run(['--boot', ...at, '-X', '16777216', '-k'], await bootstrapInput(share))
  await writeOwned(join(draft, 'base/1/PG_VERSION'), `${majorVersion}\n`, account)
  const version = (await run(['--version'])).trim().split(' ').at(-1)!
  const strict = ['-O', '-j', '-c', 'search_path=pg_catalog', '-c', 'exit_on_error=true']
  await run(['--single', ...at, ...strict, 'template1'], await singleUserInput(version, share))
  if (durable) await syncFolder(draft)
  await rename(draft, cluster)
  if (durable) await syncFile(dirname(cluster))
}

/**
 * How PostgreSQL is told where its cluster is. It is started inside it, because that is possible even where the account
 * that runs it cannot enter the folders above; its own path to it must not lead through them either.
 */
export const clusterArgument = (cluster: string): string => (process.platform === 'linux' ? '/proc/self/cwd' : cluster)

async function layOut(draft: string, account: Account | undefined): Promise<void> {
  for (const folder of ['', ...folders]) {
    const path = join(draft, folder)
    await mkdir(path, { mode: 0o700 })
    if (account) await chown(path, account.uid, account.gid)
  }
  await writeOwned(join(draft, 'PG_VERSION'), `${majorVersion}\n`, account)
  await writeOwned(join(draft, 'postgresql.conf'), configuration, account)
  await writeOwned(join(draft, 'postgresql.auto.conf'), '', account)
  await writeOwned(join(draft, 'pg_hba.conf'), authentication, account)
  await writeOwned(join(draft, 'pg_ident.conf'), '', account)
}

async function writeOwned(path: string, text: string, account: Account | undefined): Promise<void> {
  await writeFile(path, text, { mode: 0o600 })
  if (account) await chown(path, account.uid, account.gid)
}

/** The catalogs' first rows, with the facts of this machine and cluster filled in. All builds are for 64 bits. */
async function bootstrapInput(share: string): Promise<string> {
  const facts: readonly (readonly [string, string])[] = [
    ['NAMEDATALEN', '64'],
    ['SIZEOF_POINTER', '8'],
    ['ALIGNOF_POINTER', 'd'],
    ['FLOAT8PASSBYVAL', 'true'],
    ['POSTGRES', `'${superuser}'`],
    ['ENCODING', '6'], // UTF8
    ['LOCALE_PROVIDER', 'b'], // built in: the order of texts never changes with the operating system
    ['LC_COLLATE', `'C'`],
    ['LC_CTYPE', `'C'`],
    ['DATLOCALE', `'C.UTF-8'`],
    ['ICU_RULES', '_null_'],
  ]
  const template = await readFile(join(share, 'postgres.bki'), 'utf8')
  return facts.reduce((text, [name, value]) => text.replaceAll(name, value), template)
}

async function singleUserInput(version: string, share: string): Promise<string> {
  const texts = initialiseSteps(version, share).map(async (step) =>
    'sql' in step ? `${step.sql.trim().replaceAll(/\s*\n\s*/g, ' ')};` : readFile(join(share, step.file), 'utf8'),
  )
  return `${(await Promise.all(texts)).join('\n\n')}\n\n`
}

const openFilesMax = 16

/** Forces every file and folder to disk, as nothing that PostgreSQL wrote so far was (`-F`). */
async function syncFolder(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = [folder, ...entries.map((entry) => join(entry.parentPath, entry.name))]
  const next = paths.values()
  const worker = async (): Promise<void> => {
    for (const path of next) await syncFile(path)
  }
  await Promise.all(Array.from({ length: openFilesMax }, worker))
}

async function syncFile(path: string): Promise<void> {
  await using file = await open(path)
  await file.sync()
}
