import { chown, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Account } from './account.ts'
import { unpackArchive } from './template/archive.ts'
import { setSystemIdentifier } from './template/identity.ts'

export type InitialiseOptions = {
  readonly cluster: string
  readonly account: Account | undefined
  /** Told from all other clusters by this number. */
  readonly identifier: bigint
  /** Whether every file is forced to disk before the cluster counts as made. */
  readonly durable: boolean
}

/** The only version of clusters that the binaries can run. */
export const majorVersion = '18'

/** The role and the database that we use, and the only ones there are. */
export const superuser = 'redpill'

/** What an operator may change; what keeps the cluster private and ours is on the server's command line instead. */
const configuration = `# PostgreSQL of RedPill. Written once, when the cluster was made: change what you like and restart.
max_connections = 200
shared_buffers = 128MB
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

/**
 * Makes a cluster out of the one that initdb made for all (`template/make.ts`), since initdb refuses to run for a user
 * without an entry in passwd. It is made beside its place and moved there when it is whole and on disk, so an
 * interrupted start leaves none behind.
 */
export async function initialise({ cluster, account, identifier, durable }: InitialiseOptions): Promise<void> {
  const draft = `${cluster}.new`
  const { folders, files } = await unpackArchive(await readFile(new URL('template/cluster.zst', import.meta.url)))
  setSystemIdentifier(files, identifier)
  const settings = new Map([
    ['postgresql.conf', configuration],
    ['postgresql.auto.conf', ''],
    ['pg_hba.conf', authentication],
    ['pg_ident.conf', ''],
  ])
  await rm(draft, { recursive: true, force: true })
  for (const folder of ['', ...folders]) await mkdir(join(draft, folder), { mode: 0o700 })
  await inTurns([...files, ...settings], ([path, content]) => writeFile(join(draft, path), content, { mode: 0o600 }))
  const paths = await allPaths(draft)
  if (account) await inTurns(paths, (path) => chown(path, account.uid, account.gid))
  if (durable) await inTurns(paths, sync)
  await rename(draft, cluster)
  if (durable) await sync(dirname(cluster))
}

/**
 * How PostgreSQL is told where its cluster is. It is started inside it, because that is possible even where the account
 * that runs it cannot enter the folders above; so its own path to it must not lead through them either.
 */
export const clusterArgument = (cluster: string): string => (process.platform === 'linux' ? '/proc/self/cwd' : cluster)

async function allPaths(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return [folder, ...entries.map((entry) => join(entry.parentPath, entry.name))]
}

const turns = 16

/** Does something with each item, some at a time. */
async function inTurns<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const next = items.values()
  const worker = async (): Promise<void> => {
    for (const item of next) await work(item)
  }
  await Promise.all(Array.from({ length: turns }, worker))
}

/** Forces a file or a folder to disk. */
async function sync(path: string): Promise<void> {
  await using file = await open(path)
  await file.sync()
}
