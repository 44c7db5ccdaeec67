import type { Compared } from './compare.ts'
import type { Outcome } from './tally.ts'

const columns: Readonly<Record<string, (outcome: Outcome) => string>> = {
  '': ({ strategy }) => strategy,
  answered: ({ answeredPercent }) => `${answeredPercent.toFixed(2)} %`,
  'broken off': ({ brokenPercent }) => `${brokenPercent.toFixed(2)} %`,
  p50: ({ p50Ms }) => milliseconds(p50Ms),
  p99: ({ p99Ms }) => milliseconds(p99Ms),
  'tries per call': ({ triesPerCall }) => triesPerCall.toFixed(3),
  'paid per answer': ({ paidPerAnswer }) => paidPerAnswer.toFixed(3),
  'tries in trouble': ({ triesInTrouble }) => triesInTrouble.toLocaleString('en'),
  'in `Retry-After`': ({ triesInWait }) => triesInWait.toLocaleString('en'),
  'left after': ({ leftAfterMs }) => seconds(leftAfterMs),
  'back after': ({ backAfterMs }) => seconds(backAfterMs),
}

const milliseconds = (ms: number): string => `${ms.toLocaleString('en')} ms`
const seconds = (ms: number | null): string => (ms === null ? '–' : `${(ms / 1_000).toFixed(1)} s`)
const rowOf = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`.replace('|  |', '| |')

const tableOf = (outcomes: readonly Outcome[]): string =>
  [
    rowOf(Object.keys(columns)),
    rowOf(Object.keys(columns).map(() => '---')),
    ...outcomes.map((outcome) => rowOf(Object.values(columns).map((cell) => cell(outcome)))),
  ].join('\n')

/** The scenario's part of docs/routing.md: its heading, what is said of it, and the table. */
const partOf = (name: string): RegExp => new RegExp(`(\\n### ${name}\\n[^|]*\\n)(?:\\|[^\\n]*\\n)+`)

/** The text with the tables of all scenarios as they came out, each under the heading that bears its name. */
export const withTables = (text: string, { scenarios }: Compared): string =>
  scenarios.reduce((before, { name, outcomes }) => {
    if (!partOf(name).test(before)) throw new Error(`no table under the heading ${name}`)
    return before.replace(partOf(name), (_part, head: string) => `${head}${tableOf(outcomes)}\n`)
  }, text)
