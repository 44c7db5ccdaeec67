import { equal } from 'node:assert/strict'
import { testDatabase } from './support/database.ts'
import { startServer } from './support/server.ts'
import { browserTest, openPage, signIn } from './support/browser/index.ts'

browserTest('the operator signs in by a link, and is signed in on every page', async (t) => {
  const { url: databaseUrl } = await testDatabase(t)
  const server = await startServer(t, { databaseUrl })
  const page = await openPage(t, server.url)
  await signIn(page, server)
  const session = await page.context().request.get('/api/v1/session')
  equal(session.status(), 200)
  await page.getByRole('main').waitFor()
  equal(new URL(page.url()).pathname, '/')
})
