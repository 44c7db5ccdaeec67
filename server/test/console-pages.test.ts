import { after } from 'node:test'
import { browserTest, expectAccessible, expectStill, openPage, signIn } from './support/browser/index.ts'
import { showPage, shownPages } from './support/console/pages.ts'
import { openSeeded } from './support/console/seed.ts'

const seeded = await openSeeded({ after })

for (const shown of shownPages)
  browserTest(
    `the page ${shown.name}, with real data, does not move while it loads, and is fine for everybody`,
    async (t) => {
      const page = await openPage(t, seeded.stage.server().url)
      await signIn(page, seeded.stage.server(), '/sign-in')
      await showPage(page, seeded, shown)
      await expectStill(page)
      await expectAccessible(page)
    },
  )
