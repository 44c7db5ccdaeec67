import type { Clock } from '../../core/clock.ts'
import type { Uuid } from '../../core/ids.ts'
import type { Checkpoint } from '../types.ts'

export type ProgressNotes = {
  /** Keeps the newest note of a call. */
  readonly note: (callId: Uuid, soFar: Checkpoint) => void
  readonly forget: (callId: Uuid) => void
  readonly isDue: () => boolean
  /** All notes, if a second has passed since they were taken last. */
  readonly takeDue: () => ReadonlyMap<Uuid, Checkpoint>
  /** From now on notes are due at once. */
  readonly hasten: () => void
}

const everyMs = 1_000

/** How far streams have come, written at most once a second; `onDue` is called when no batch happened to take the notes along. */
export function progressNotes(clock: Clock, onDue: () => void): ProgressNotes {
  let notes = new Map<Uuid, Checkpoint>()
  let dueMs = clock.monotonicMs() + everyMs
  let timer: NodeJS.Timeout | undefined

  const stopTimer = (): void => {
    clearTimeout(timer)
    timer = undefined
  }
  const wake = (): void => {
    timer = undefined
    onDue()
  }
  const isDue = (): boolean => notes.size > 0 && clock.monotonicMs() >= dueMs

  return {
    note(callId, soFar) {
      notes.set(callId, soFar)
      timer ??= setTimeout(wake, Math.max(0, Math.ceil(dueMs - clock.monotonicMs())) + 1).unref()
    },
    forget: (callId) => void notes.delete(callId),
    isDue,
    takeDue() {
      if (!isDue()) return new Map()
      const taken = notes
      notes = new Map()
      dueMs = clock.monotonicMs() + everyMs
      stopTimer()
      return taken
    },
    hasten() {
      dueMs = -Infinity
      stopTimer()
    },
  }
}
