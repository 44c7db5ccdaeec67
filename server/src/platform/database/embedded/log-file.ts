import { copyFile, readFile, stat, truncate } from 'node:fs/promises'

const bytesMax = 8 * 1024 * 1024
const tailLines = 20

/** Bounds a log, together with the one older copy that is kept. The writer may have it open, for appending. */
export async function rotateLog(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (!found || found.size < bytesMax) return
  await copyFile(path, `${path}.1`)
  await truncate(path)
}

/** The last lines that were written after a place in the log. */
export async function logTail(path: string, from: number): Promise<string> {
  const log = await readFile(path).catch(() => Buffer.alloc(0))
  return log.subarray(from).toString('utf8').trim().split('\n').slice(-tailLines).join('\n')
}
