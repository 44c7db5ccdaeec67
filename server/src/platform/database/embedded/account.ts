import { readFile, stat } from 'node:fs/promises'

/** An operating-system account by number; PostgreSQL needs no name for it. */
export type Account = { readonly uid: number; readonly gid: number }

/** Nothing of our environment reaches PostgreSQL: PGDATA, PGPORT and their kin would change what it does. */
export const postgresEnvironment = { LC_ALL: 'C' }

const unprivileged: Account = { uid: 65_534, gid: 65_534 }

/**
 * Who runs PostgreSQL, which refuses to run as root: `undefined` for ourselves, or, for root, whoever owns the cluster
 * already, else the account `postgres`, else `nobody`. No account is ever created.
 */
export async function accountFor(cluster: string): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const owner = await stat(cluster).catch(() => undefined)
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '')
  return named(passwd, 'postgres') ?? named(passwd, 'nobody') ?? unprivileged
}

function named(passwd: string, name: string): Account | undefined {
  const line = passwd.split('\n').find((entry) => entry.startsWith(`${name}:`))
  const [, , uid, gid] = line?.split(':') ?? []
  const account = { uid: Number(uid), gid: Number(gid) }
  return account.uid > 0 && account.gid > 0 ? account : undefined
}
