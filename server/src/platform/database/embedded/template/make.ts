// Makes `cluster.zst`, the cluster from which every new one is copied: `node <this file>`, after PostgreSQL was upgraded.
import { execFile } from 'node:child_process'
import { chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { accountFor } from '../account.ts'
import { findBinaries } from '../binaries.ts'
import { superuser } from '../initialise.ts'
import { packArchive, readArchive } from './archive.ts'

/** Nothing of the machine may show in the cluster: with this `PATH`, initdb finds no `locale` to list its languages. */
const environment = { LC_ALL: 'C', PATH: '/nowhere' }

/**
 * Has initdb make a cluster in a new folder, below `folder`, with the database that we use. `initdb` must find the name
 * of its user in passwd, which is why it runs here and not where RedPill is started.
 */
export async function makeCluster(folder: string): Promise<string> {
  const account = await accountFor(folder)
  if (account) await chown(folder, account.uid, account.gid)
  const native = await findBinaries({ account, folder })
  const run = promisify(execFile)
  const options = { ...account, cwd: folder, env: environment }
  const cluster = join(folder, 'cluster')
  const locale = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']
  const switches = ['-D', cluster, '-U', superuser, ...locale, '--data-checksums', '--no-sync', '--auth=trust']
  await run(join(native, 'bin/initdb'), switches, options)
  const single = run(join(native, 'bin/postgres'), ['--single', '-D', cluster, '-F', 'postgres'], options)
  single.child.stdin?.end(`create database ${superuser} strategy file_copy\n`)
  await single
  return cluster
}

/** Settings are written anew for each cluster. */
const isSetting = (path: string): boolean => path.endsWith('.conf') || path === 'postmaster.opts'

if (import.meta.main) {
  const folder = await mkdtemp(join(tmpdir(), 'redpill-template-'))
  const cluster = await makeCluster(folder)
  const packed = await packArchive(await readArchive(cluster, isSetting))
  await writeFile(new URL('cluster.zst', import.meta.url), packed)
  const version = (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim()
  process.stdout.write(`PostgreSQL ${version}: ${packed.length} bytes\n`)
  await rm(folder, { recursive: true })
}
