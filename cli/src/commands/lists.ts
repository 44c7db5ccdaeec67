import type { Listed } from '../pages.ts'
import type { Session } from '../session.ts'

/** Prints a list: as JSON for programs, else as the lines that a person reads. */
export function printList<Entry>(
  { terminal, json }: Session,
  { entries, more }: Listed<Entry>,
  toLines: (entries: readonly Entry[]) => readonly string[],
): void {
  if (json) terminal.print(JSON.stringify({ data: entries, more }, null, 2))
  else terminal.print(...toLines(entries))
  if (more && !json) terminal.note(`There are more: --limit ${entries.length * 10}`)
}
