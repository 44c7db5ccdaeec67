import type { TestDatabase } from '../database.ts'
import type { TestServer } from '../server.ts'
import type { Page } from './page.ts'
import { signIn } from './sign-in.ts'

export type Role = 'owner' | 'admin' | 'developer' | 'billing' | 'viewer'

type Stage = { readonly server: () => TestServer; readonly database: TestDatabase }

/** Signs the browser of a page in as a member of a customer's account, and of no other; then opens `path`. */
export async function signInAs(
  page: Page,
  { server, database }: Stage,
  { accountId, role, path = '/' }: { readonly accountId: string; readonly role: Role; readonly path?: string },
): Promise<void> {
  await signIn(page, server())
  const answer = await page.context().request.get('/api/v1/session')
  const { data } = (await answer.json()) as { readonly data: { readonly person: { readonly id: string } } }
  // No call of the API makes the operator somebody else, and how people come to be members has tests of its own.
  await database.pool.query('delete from member where person_id = $1', [data.person.id])
  await database.pool.query('insert into member (account_id, person_id, role, created_at) values ($1, $2, $3, now())', [
    accountId,
    data.person.id,
    role,
  ])
  await page.goto(path)
}
