import { open } from 'node:fs/promises'
import { AppError } from '../../../core/errors.ts'

/** The path of a socket is at most 107 bytes on Linux and 103 on macOS, and ends in `/.s.PGSQL.5432`. */
const folderBytesMax = 103 - '/.s.PGSQL.5432'.length

const isLong = (folder: string): boolean => Buffer.byteLength(folder) > folderBytesMax

/** Throws for a folder whose socket could not be reached; best asked before anything is started in it. */
export function checkSocketFolder(folder: string): void {
  if (!isLong(folder) || process.platform === 'linux') return
  const message = `the path of ${folder} is too long for a socket: choose a REDPILL_DATA of fewer characters`
  throw new AppError('internal_error', { message })
}

/** A way to a folder, short enough for the socket in it, that holds until it is closed. */
export type SocketFolder = { readonly path: string; readonly close: () => Promise<void> }

/** A long path is shortened by going through an open descriptor of this process, so it is of use to this process only. */
export async function openSocketFolder(folder: string): Promise<SocketFolder> {
  if (!isLong(folder)) return { path: folder, close: async () => {} }
  const handle = await open(folder)
  return { path: `/proc/self/fd/${handle.fd}`, close: () => handle.close() }
}
