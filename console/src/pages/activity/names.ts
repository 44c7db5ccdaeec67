import { failureWords } from '../../lib/call-words.ts'
import type { Told } from './figures.ts'
import type { Group } from './question.ts'

type Line = Told['series'][number]

/** What a line of the chart is called. */
export function nameOf(line: Line, group: Group | undefined, subgroup: Group | undefined): string {
  if (group === undefined) return 'All calls'
  if (line.is_other) return 'Other'
  const first = partName(group, line.group, line.group_name)
  if (subgroup === undefined) return first
  return `${first} · ${partName(subgroup, line.subgroup, line.subgroup_name)}`
}

function partName(by: Group, id: string | null, name: string | null): string {
  if (id === null || id === '') return nothing[by] ?? 'None'
  if (by === 'status') return statusName(Number(id))
  if (by === 'streamed') return id === 'true' ? 'Streamed' : 'In one piece'
  return name ?? id
}

const nothing: Partial<Record<Group, string>> = {
  app: 'No app named',
  user: 'No user named',
  session: 'No session named',
  provider: 'No provider answered',
  finish_reason: 'No reason told',
}

function statusName(status: number): string {
  if (status < 400) return `Answered (${status})`
  return status === 499 ? 'Caller hung up (499)' : `${failureWords(status)} (${status})`
}

/** The filter that leaves only the calls of a line; undefined where no filter says so. */
export function filterOf(line: Line, group: Group | undefined): Readonly<Record<string, string>> | undefined {
  if (group === undefined || line.is_other || line.group === null || line.group === '') return undefined
  const name = { key: 'key_id', session: 'session_id', app: 'app_title' }[group as string] ?? group
  return { [name]: line.group }
}
