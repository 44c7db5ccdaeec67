import { deepEqual, equal, ok } from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { memberRoles, permissions, permissionsOf, permissionsOfManagementKey, rolesWith } from './permissions.ts'

test('each role of a customer may do exactly this', () => {
  const table = Object.fromEntries(memberRoles.map((role) => [role, permissionsOf(role, 'customer').join(' ')]))
  deepEqual(table, {
    owner: 'view keys billing members owner',
    admin: 'view keys billing members',
    developer: 'view keys',
    billing: 'view billing',
    viewer: 'view',
  })
})

test("owners and admins of the operator's account operate the server; its other members may not", () => {
  const operating = memberRoles.filter((role) => permissionsOf(role, 'operator').includes('operate'))
  deepEqual(operating, ['owner', 'admin'])
  for (const role of ['developer', 'billing', 'viewer'] as const) {
    deepEqual(permissionsOf(role, 'operator'), permissionsOf(role, 'customer'))
  }
})

test('everybody may look, and every permission is had by somebody', () => {
  for (const role of memberRoles) ok(permissionsOf(role, 'customer').includes('view'), role)
  for (const permission of permissions) ok(permissionsOf('owner', 'operator').includes(permission), permission)
})

test('only owners and admins may do all that a management key may', () => {
  for (const kind of ['customer', 'operator'] as const) {
    const needed = permissionsOfManagementKey(kind)
    const able = memberRoles.filter((role) => needed.every((each) => permissionsOf(role, kind).includes(each)))
    deepEqual(able, ['owner', 'admin'], kind)
  }
})

test('a refusal can say in words who may', () => {
  equal(rolesWith('owner'), 'an owner')
  equal(rolesWith('members'), 'an owner or admin')
  equal(rolesWith('keys'), 'an owner, admin or developer')
  equal(rolesWith('billing'), 'an owner, admin or billing')
  equal(rolesWith('operate'), 'an owner or admin')
})

test('docs/accounts.md has the same table', async () => {
  const text = await readFile(new URL('../../../docs/accounts.md', import.meta.url), 'utf8')
  const shown = permissions.filter((permission) => permission !== 'operate')
  const cellsOf = (line: string) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim())
  const rows = text
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map(cellsOf)
  deepEqual(
    rows.find(([first]) => first === 'role'),
    ['role', ...shown],
  )
  for (const role of memberRoles) {
    const expected = shown.map((permission) => (permissionsOf(role, 'customer').includes(permission) ? 'yes' : ''))
    deepEqual(
      rows.find(([first]) => first === role),
      [role, ...expected],
    )
  }
})
