import type { Account, Key, Page, Provider } from './answers.ts'
import type { Client } from './client.ts'
import { Failure } from './failure.ts'
import { readList } from './pages.ts'

/** People name things by name or by id; the API knows ids. */

/** The newest so many are searched for a name; who has more names things by id. */
const searched = 10_000

const isId = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)

/** The id of an account that is named by id or, for the operator, by name. */
export async function accountIdOf(client: Client, text: string): Promise<string> {
  if (isId(text)) return text
  const { entries } = await readList<Account>(client, '/api/v1/accounts', {}, searched)
  return theOne('account', text, entries, 'redpill accounts list').id
}

export async function keyIdOf(client: Client, text: string): Promise<string> {
  if (isId(text)) return text
  const { entries } = await readList<Key>(client, '/api/v1/keys', {}, searched)
  return theOne('key', text, entries, 'redpill keys list').id
}

export async function providerOf(client: Client, text: string): Promise<Provider> {
  const { data } = await client.get<Page<Provider>>('/api/v1/providers')
  return data.find(({ id }) => id === text) ?? theOne('provider', text, data, 'redpill providers list')
}

type Named = { readonly id: string; readonly name: string }

function theOne<Entry extends Named>(what: string, name: string, entries: readonly Entry[], list: string): Entry {
  const same = entries.filter((entry) => entry.name.toLowerCase() === name.toLowerCase())
  const [one, another] = same
  if (!one) throw new Failure(`There is no ${what} called '${name}'. See them all: ${list}`)
  if (another) throw new Failure(`${same.length} ${what}s are called '${name}'. Name one by its id: ${list}`)
  return one
}
