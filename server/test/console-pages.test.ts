import { after, type TestContext } from 'node:test'
import { browserTest, expectAccessible, expectStill, openPage, signIn } from './support/browser/index.ts'
import { showPage, shownPages } from './support/console/pages.ts'
import { openSeeded } from './support/console/seed.ts'

const seeded = await openSeeded({ after })

for (const shown of shownPages) {
  const open = async (t: TestContext) => {
    const page = await openPage(t, seeded.stage.server().url)
    await signIn(page, seeded.stage.server(), '/sign-in')
    await showPage(page, seeded, shown)
    return page
  }

  browserTest(`the page ${shown.name}, with real data, is fine for everybody`, async (t) =>
    expectAccessible(await open(t)),
  )

  browserTest(`nothing on the page ${shown.name} moves while it loads`, async (t) => expectStill(await open(t)))
}
