import type { Uuid } from '../../core/ids.ts'
import { memberRoles, type Permission } from '../../accounts/index.ts'
import type { Client, openTestApi } from './harness.ts'

type Api = Awaited<ReturnType<typeof openTestApi>>
type Customer = Awaited<ReturnType<Api['makeCustomer']>>

/** Keys, in the order of the first group of a row of answers. */
const keyBearers = ['nobody', 'garbage', 'caller', 'foreignCaller', 'foreignManager', 'manager', 'operator'] as const

/** People: members of the account by role, and the owner of another; then members of the operator's account by role. */
const people = [...memberRoles, 'foreigner'] as const
const operators = memberRoles.map((role) => `operator's ${role}` as const)

export type BearerName = (typeof keyBearers)[number] | (typeof people)[number] | (typeof operators)[number]
export const bearerNames: readonly BearerName[] = [...keyBearers, ...people, ...operators]

/** Everybody who may ask: `mine` is the account that requests are about. */
export async function openCast(api: Api, mine: Customer, others: Customer): Promise<Record<BearerName, Client>> {
  const cast: Partial<Record<BearerName, Client>> = {
    nobody: api.as(undefined),
    garbage: api.as('sk-rp-garbage'),
    caller: mine.inference.ask,
    foreignCaller: others.inference.ask,
    foreignManager: others.manager.ask,
    manager: mine.manager.ask,
    operator: api.operator.ask,
  }
  const seat = async (name: BearerName, roles: Parameters<Api['makePerson']>[1]) => {
    cast[name] = (await api.makePerson(name, roles)).browser.ask
  }
  for (const role of memberRoles) await seat(role, { [mine.id]: role })
  await seat('foreigner', { [others.id]: 'owner' })
  for (const role of memberRoles) await seat(`operator's ${role}`, { [api.operator.id]: role })
  return cast as Record<BearerName, Client>
}

/** What each permission is had by, in the order of the roles: owner, admin, developer, billing, viewer. */
const holders = {
  view: [true, true, true, true, true],
  keys: [true, true, true, false, false],
  billing: [true, true, false, true, false],
  members: [true, true, false, false, false],
  owner: [true, false, false, false, false],
  operate: [false, false, false, false, false],
} as const satisfies Record<Permission, readonly boolean[]>

const allOf = (status: number, count: number): string => Array.from({ length: count }, () => status).join(' ')

/** Members who have a permission are answered so, those who have not 403. */
const byRole = (permission: Permission, status: number, otherwise = 403): string =>
  holders[permission].map((has) => (has ? status : otherwise)).join(' ')

const row = (keys: string, members: string, foreigner: number, operatorsPeople: string): string =>
  `${keys} | ${members} ${foreigner} | ${operatorsPeople}`

/** Anybody, known or not. */
export const anyone = (status: number): string => row(allOf(status, 7), allOf(status, 5), status, allOf(status, 5))

/** What is asked under /v1 is asked by key: sessions are not heard there. */
export const byKeyOnly = (keys: string): string => row(keys, allOf(401, 5), 401, allOf(401, 5))

export const anyKeys = (status: number): string => `401 401 ${allOf(status, 5)}`
export const ownKeys = (status: number): string => `401 401 ${status} 404 404 ${status} ${status}`

/** Any key and any member, each of their own. */
export const everybody = (status: number): string => row(anyKeys(status), allOf(status, 5), status, allOf(status, 5))

/** A key tells of itself: nobody who is signed in is one. */
export const keyItself = (status: number): string => row(anyKeys(status), allOf(403, 5), 403, allOf(403, 5))

/** Of one call of `mine`: keys of that account, and whoever may look into it, or change what it has. */
export const ownCall = (permission: Permission, status: number): string =>
  row(ownKeys(status), byRole(permission, status), 404, operatorsOf(permission, status))

/** Members of the operator's account look everywhere; only its owners and admins do anything elsewhere. */
function operatorsOf(permission: Permission, status: number): string {
  if (permission === 'view') return allOf(status, 5)
  const [, , ...lesser] = holders[permission]
  return `${status} ${status} ${lesser.map((has) => (has ? 404 : 403)).join(' ')}`
}

const isPeoples = (permission: Permission): boolean => permission === 'members' || permission === 'owner'

/** Management keys and members, in the account `mine`. What is for people only is refused to the keys of customers. */
export function own(permission: Permission, status: number): string {
  const keys = isPeoples(permission) ? `401 401 ${allOf(403, 4)} ${status}` : `401 401 403 403 404 ${status} ${status}`
  return row(keys, byRole(permission, status), 404, operatorsOf(permission, status))
}

/** Management keys and members, each in their own account. */
export const any = (permission: Permission, status: number): string =>
  row(`401 401 403 403 ${allOf(status, 3)}`, byRole(permission, status), status, byRole(permission, status))

/** The operator: by key, and those who own or administer its account. */
export const operate = (status: number): string =>
  row(`401 401 ${allOf(403, 4)} ${status}`, allOf(403, 5), 403, `${status} ${status} ${allOf(403, 3)}`)

/** The same to look at: every member of the operator's account may. */
export const operatorsView = (status: number): string =>
  row(`401 401 ${allOf(403, 4)} ${status}`, allOf(403, 5), 403, allOf(status, 5))

/** Whoever is signed in; no key is a person. */
export const person = (status: number): string =>
  row(`401 401 ${allOf(403, 5)}`, allOf(status, 5), status, allOf(status, 5))

/** A row of answers, by who asks. */
export function answersOf(text: string): Record<BearerName, number> {
  const statuses = text.split(/[ |]+/).map(Number)
  return Object.fromEntries(bearerNames.map((name, at) => [name, statuses[at]!])) as Record<BearerName, number>
}

/** Puts something new in the place of each `{name}` of a path, so that every bearer has one of its own to take away. */
export async function filled(path: string, makers: Readonly<Record<string, () => Promise<Uuid>>>): Promise<string> {
  let text = path
  for (const [name, make] of Object.entries(makers)) {
    if (text.includes(`{${name}}`)) text = text.replace(`{${name}}`, await make())
  }
  return text
}
