import type { Command } from 'commander'
import { grouped } from '../amounts.ts'
import type { Key, Units, Usage, UsageRow } from '../answers.ts'
import { accountIdOf, keyIdOf } from '../find.ts'
import { type Moment, readPast } from '../options.ts'
import { readWhole } from '../pages.ts'
import type { AddCommand } from '../session.ts'
import { type Column, table } from '../table.ts'

type Options = {
  readonly by: string
  readonly account?: string
  readonly ofKey?: string
  readonly from?: Moment
  readonly to?: Moment
}

export const addUsage: AddCommand = (program, open) => {
  program
    .command('usage')
    .description('what was used and charged (needs a management key)')
    .option('--by <groups>', 'some of key, model, day, status, separated by commas', 'day,model')
    .option('--account <name>', 'of this account (name or id); else of the own one, and for the operator of all')
    .option('--of-key <name>', 'of this key (name or id)')
    .option('--from <time>', 'calls begun from then on: a day, a time, or a span such as 7d back', readPast)
    .option('--to <time>', 'calls begun before then', readPast)
    .action(async (options: Options, command: Command) => {
      const { client: clientOf, terminal, json, outside } = await open(command)
      const client = clientOf('management')
      const nowMs = outside.clock.nowMs()
      const groups = options.by.split(',').map((group) => group.trim())
      const usage = await client.get<Usage>('/api/v1/usage', {
        group_by: groups.join(','),
        account_id: options.account === undefined ? undefined : await accountIdOf(client, options.account),
        key_id: options.ofKey === undefined ? undefined : await keyIdOf(client, options.ofKey),
        from: options.from?.(nowMs),
        to: options.to?.(nowMs),
      })
      if (json) terminal.print(JSON.stringify(usage, null, 2))
      else if (usage.data.length === 0) terminal.note('Nothing was used.')
      else {
        const keys = groups.includes('key') ? await readWhole<Key>(client, '/api/v1/keys') : []
        terminal.print(...lines(usage, groups, new Map(keys.map(({ id, name }) => [id, name]))))
      }
    })
}

const inClasses = ['input', 'cached_input', 'cache_write', 'audio_input']
const outClasses = ['output', 'reasoning', 'audio_output']

/** Groups in the order that was asked for, then what was counted of each, then the sum. */
function lines({ data, total }: Usage, groups: readonly string[], keyNames: ReadonlyMap<string, string>): string[] {
  const columns: Column[] = [
    ...groups.map((title) => ({ title })),
    ...['calls', 'tokens in', 'tokens out', 'credits', 'USD'].map((title) => ({ title, align: 'right' }) as const),
  ]
  const rows = data.map((row) => [
    ...groups.map((group) => groupCell(row, group, keyNames)),
    grouped(String(row.calls)),
    grouped(sumOf(row.units, inClasses)),
    grouped(sumOf(row.units, outClasses)),
    grouped(row.credits),
    row.usd,
  ])
  const sum = [grouped(String(total.calls)), '', '', grouped(total.credits), total.usd]
  return table(columns, [...rows, [...groups.map((_, at) => (at === 0 ? 'all' : '')), ...sum]])
}

function groupCell(row: UsageRow, group: string, keyNames: ReadonlyMap<string, string>): string {
  const { key_id: keyId = '', model = '', day = '', status = '' } = row
  const cells: Readonly<Record<string, string>> = {
    key: keyNames.get(keyId) ?? keyId,
    model,
    day,
    status: String(status),
  }
  return cells[group] ?? ''
}

const sumOf = (units: Units, classes: readonly string[]): string =>
  String(classes.reduce((sum, name) => sum + (units[name] ?? 0), 0))
