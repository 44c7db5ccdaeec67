import { equal } from 'node:assert/strict'
import type { TestServer } from '../server.ts'
import type { Page } from './page.ts'

type Server = Pick<TestServer, 'manage'>

/**
 * Signs the browser of a page in as the operator, with a link that the operator's key asks for; then opens `path`. What
 * happens on the page of signing in is for tests of that page.
 */
export async function signIn(page: Page, server: Server, path = '/'): Promise<void> {
  await beginSession(page, server)
  await page.goto(path)
}

/** The same, but opens no page. */
export async function beginSession(page: Page, server: Server): Promise<void> {
  const { data } = await server.manage<{ data: { url: string } }>('POST', '/sign-in/links')
  const token = new URL(data.url).hash.replace('#link=', '')
  const answer = await page.context().request.post('/api/v1/sign-in/link', { data: { token } })
  equal(answer.status(), 200, await answer.text())
}
