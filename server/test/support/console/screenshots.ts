/** `npm run screenshots`: writes docs/screenshots/NAME-light.png and -dark.png of every page, from a seeded server. */
import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openPage, signIn } from '../browser/index.ts'
import { leaveBrowser, noBrowser } from '../browser/chromium.ts'
import { type Scope, within } from '../scope.ts'
import { showPage, shownPages } from './pages.ts'
import { openSeeded } from './seed.ts'

const folder = fileURLToPath(new URL('../../../../docs/screenshots/', import.meta.url))
const bytesMax = 200_000

const words = process.argv.slice(2)
const wanted = shownPages.filter(({ name }) => words.length === 0 || words.includes(name))

async function takeAll(scope: Scope): Promise<void> {
  if (noBrowser !== false) throw new Error(noBrowser)
  await mkdir(folder, { recursive: true })
  const seeded = await openSeeded(scope)
  const url = seeded.stage.server().url
  const pages = {
    light: await openPage(scope, url, { colorScheme: 'light', width: 1_280, height: 800 }),
    dark: await openPage(scope, url, { colorScheme: 'dark', width: 1_280, height: 800 }),
  }
  for (const page of Object.values(pages)) await signIn(page, seeded.stage.server(), '/sign-in')
  for (const shown of wanted) {
    for (const [colorScheme, page] of Object.entries(pages)) {
      await showPage(page, seeded, shown)
      const path = join(folder, `${shown.name}-${colorScheme}.png`)
      await page.screenshot({ path, animations: 'disabled', caret: 'hide' })
      const { size } = await stat(path)
      process.stdout.write(`${path} ${Math.round(size / 1_000)} kB\n`)
      if (size > bytesMax) throw new Error(`${path} is larger than ${bytesMax / 1_000} kB`)
    }
  }
}

try {
  await within(takeAll)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
  process.exitCode = 1
}
leaveBrowser()
