/** `node bench/routing/main.ts`: the planner against two simpler ones, on the same bad day; see bench/README.md. */
import { writeFile } from 'node:fs/promises'
import { compare } from './compare.ts'

const file = new URL('../results/routing.json', import.meta.url)
const compared = compare()
const columns = ['strategy', 'successPercent', 'p50Ms', 'p99Ms', 'attemptsPerCall', 'price'] as const
const rows = compared.outcomes.map((outcome) => columns.map((name) => String(outcome[name])))
const widths = columns.map((name, at) => Math.max(name.length, ...rows.map((row) => row[at]!.length)))
for (const row of [[...columns], ...rows])
  process.stdout.write(
    `${row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))).join('  ')}\n`,
  )
await writeFile(file, `${JSON.stringify(compared, null, 2)}\n`)
