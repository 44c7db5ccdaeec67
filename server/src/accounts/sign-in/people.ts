import type { Db } from '../../platform/database/index.ts'
import type { Uuid } from '../../core/ids.ts'
import { insertPerson, type PersonRow, updatePersonRow } from './store/people.ts'
import type { Person } from './types.ts'

export async function createPerson(db: Db, person: Person): Promise<Person> {
  const { id, name, email, createdAt } = person
  await insertPerson(db, {
    id,
    name,
    email: email ?? null,
    created_at: createdAt,
    signed_in_at: null,
    deleted_at: null,
  })
  return person
}

/** Answers `undefined` when there is no such person. */
export async function renamePerson(db: Db, id: Uuid, name: string): Promise<Person | undefined> {
  const row = await updatePersonRow(db, id, { name })
  return row && personOf(row)
}

const personOf = ({ id, name, email, created_at }: PersonRow): Person => ({
  ...{ id, name },
  email: email ?? undefined,
  createdAt: created_at,
})
