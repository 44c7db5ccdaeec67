import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import type { Chance } from '../core/clock.ts'

/**
 * Names the space in which process numbers mean something: this boot of this machine, and this container. Names of hosts
 * are no proof: two machines may both be called localhost. Where it cannot be told, a name that nobody shares.
 */
export function pidSpace(chance: Chance): string {
  try {
    return `${hostname()} ${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return `${hostname()} ${Buffer.from(chance.bytes(8)).toString('hex')}`
  }
}

/** Whether no process of that number runs on this machine; one that we may not signal runs. */
export function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}
