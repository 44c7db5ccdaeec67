/**
 * How long it takes until a page of the console can be used by somebody whose browser has nothing of it yet: a real server
 * with three weeks of calls, Chromium, each page in a browser session of its own. Needs what `npm run build` builds.
 *
 *   node bench/console/main.ts            every page
 *   node bench/console/main.ts overview   these
 */
import { loadavg } from 'node:os'
import { noBrowser } from '../../server/test/support/browser/chromium.ts'
import { beginSession, openPage } from '../../server/test/support/browser/index.ts'
import { enterPage, type ShownPage, shownPages } from '../../server/test/support/console/pages.ts'
import { openSeeded, type Seeded } from '../../server/test/support/console/seed.ts'
import { within } from '../../server/test/support/scope.ts'
import { median } from '../ledger/statistics.ts'

const boundMs = 1_500
const rounds = 3

const wanted = process.argv.slice(2)

/** From the beginning of the navigation until its heading is there and nothing is being read any more. */
const usableAfterMs = (seeded: Seeded, shown: ShownPage): Promise<number> =>
  within(async (scope) => {
    const server = seeded.stage.server()
    const page = await openPage(scope, server.url)
    await beginSession(page, server)
    await enterPage(page, seeded, shown)
    return Number(await page.evaluate('performance.now()'))
  })

if (noBrowser !== false) throw new Error(noBrowser)
await within(async (scope) => {
  const seeded = await openSeeded(scope)
  const pages = shownPages.filter(({ name }) => wanted.length === 0 || wanted.includes(name))
  let late = 0
  for (const shown of pages) {
    const times: number[] = []
    for (let round = 0; round < rounds; round++) times.push(await usableAfterMs(seeded, shown))
    const ms = median(times)
    if (ms > boundMs) late++
    process.stdout.write(`${shown.name.padEnd(32)} ${ms.toFixed(0).padStart(6)} ms\n`)
  }
  process.stdout.write(`${late} of ${pages.length} took longer than ${boundMs} ms; load ${loadavg()[0]!.toFixed(1)}\n`)
})
