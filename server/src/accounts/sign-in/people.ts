import type { Db } from '../../platform/database/index.ts'
import { insertPerson } from './store.ts'
import type { Person } from './types.ts'

export async function createPerson(db: Db, person: Person): Promise<Person> {
  const { id, name, email, createdAt } = person
  await insertPerson(db, { id, name, email: email ?? null, created_at: createdAt, signed_in_at: null })
  return person
}
