/** `node bench/routing/main.ts`: the planner against two simpler ones, trouble by trouble; see bench/README.md. */
import { readFile, writeFile } from 'node:fs/promises'
import { compare } from './compare.ts'
import { withTables } from './table.ts'

const page = new URL('../../docs/routing.md', import.meta.url)
const compared = compare()
await writeFile(new URL('../results/routing.json', import.meta.url), `${JSON.stringify(compared, null, 2)}\n`)
await writeFile(page, withTables(await readFile(page, 'utf8'), compared))
