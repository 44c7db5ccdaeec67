import { open } from 'node:fs/promises'
import { AppError } from '../../../core/errors.ts'

/** The path of a socket is at most 107 bytes on Linux and 103 on macOS, and ends in `/.s.PGSQL.5432`. */
const folderBytesMax = 103 - '/.s.PGSQL.5432'.length

/** A way to a folder, short enough for the socket in it, that holds while it is open. */
export type SocketFolder = { readonly path: string; readonly close: () => Promise<void> }

/** A long path is shortened by going through an open descriptor of this process, so it is of use to this process only. */
export async function openSocketFolder(folder: string): Promise<SocketFolder> {
  if (Buffer.byteLength(folder) <= folderBytesMax) return { path: folder, close: async () => {} }
  if (process.platform !== 'linux') {
    throw new AppError('internal_error', {
      message: `the path of ${folder} is too long for a socket: choose a REDPILL_DATA of fewer characters`,
    })
  }
  const handle = await open(folder)
  return { path: `/proc/self/fd/${handle.fd}`, close: () => handle.close() }
}
