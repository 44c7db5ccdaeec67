import { access, constants, mkdtemp, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { atEnd, type Scope } from './scope.ts'

const memory = '/dev/shm'
const roomBytesMin = 2 * 1024 ** 3

/**
 * Where tests put their databases: memory where there is enough of it, as a new cluster takes a second on some disks.
 * What a test kills is processes, not the machine, so a file is as safe there as on a disk.
 */
export async function scratch(): Promise<string> {
  const found = await statfs(memory).catch(() => undefined)
  const isRoomy = found !== undefined && found.bavail * found.bsize > roomBytesMin
  const isOpen = await access(memory, constants.W_OK).then(
    () => true,
    () => false,
  )
  return isRoomy && isOpen ? memory : tmpdir()
}

/** A new folder of the test's own, removed at the end. */
export async function temporaryFolder(scope: Scope, below?: string): Promise<string> {
  const folder = await mkdtemp(join(below ?? (await scratch()), 'redpill-test-'))
  atEnd(scope, () => rm(folder, { recursive: true, force: true }))
  return folder
}
