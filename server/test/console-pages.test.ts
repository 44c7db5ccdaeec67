import { ok } from 'node:assert/strict'
import { after } from 'node:test'
import { gzipSync } from 'node:zlib'
import { browserTest, expectAccessible, expectStill, openPage, type Page, signIn } from './support/browser/index.ts'
import { showPage, shownPages } from './support/console/pages.ts'
import { openSeeded } from './support/console/seed.ts'

const seeded = await openSeeded({ after })

for (const shown of shownPages)
  browserTest(
    `the page ${shown.name} loads at most 150 kB of JavaScript, gzip, until all of it is there`,
    async (t) => {
      const page = await openPage(t, seeded.stage.server().url)
      await signIn(page, seeded.stage.server(), '/sign-in')
      await showPage(page, seeded, shown)
      const bytes = await scriptBytes(page)
      ok(bytes > 50_000 && bytes <= 150_000, `${bytes} bytes`)
    },
  )

for (const shown of shownPages)
  browserTest(
    `the page ${shown.name}, with real data, does not move while it loads, and is fine for everybody`,
    async (t) => {
      const page = await openPage(t, seeded.stage.server().url)
      await signIn(page, seeded.stage.server(), '/sign-in')
      await showPage(page, seeded, shown, expectStill)
      await expectAccessible(page)
    },
  )

const packed = new Map<string, Promise<number>>()

/** What the scripts weigh that a page has loaded since it was opened, the ones that the browser had kept among them. */
async function scriptBytes(page: Page): Promise<number> {
  const addresses: readonly string[] = await page.evaluate(
    `performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => name.endsWith('.js'))`,
  )
  const weigh = async (address: string) => gzipSync(await (await page.request.get(address)).body()).length
  const sizes = [...new Set(addresses)].map((address) => {
    const size = packed.get(address) ?? weigh(address)
    packed.set(address, size)
    return size
  })
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}
