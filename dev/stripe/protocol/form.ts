/** Bodies and queries as Stripe's API reads them: `application/x-www-form-urlencoded` with brackets for what is nested. */

export type FormValue = string | FormValue[] | FormTree
export type FormTree = { [name: string]: FormValue }

const depthMax = 12
const fieldsMax = 1_000

export type Decoded =
  | { readonly kind: 'decoded'; readonly tree: FormTree }
  | { readonly kind: 'malformed'; readonly why: string }

/** `a[b][0][c]=d` becomes `{ a: { b: [{ c: 'd' }] } }`; `a[]=x&a[]=y` becomes `{ a: ['x', 'y'] }`. */
export function decodeForm(text: string): Decoded {
  const root: FormTree = Object.create(null) as FormTree
  let fields = 0
  for (const [name, value] of new URLSearchParams(text)) {
    if (++fields > fieldsMax) return { kind: 'malformed', why: 'Too many parameters.' }
    const path = pathOf(name)
    if (!path) return { kind: 'malformed', why: `Invalid parameter name: ${name}` }
    if (!place(root, path, value)) return { kind: 'malformed', why: `Parameters conflict at: ${name}` }
  }
  return { kind: 'decoded', tree: listed(root) as FormTree }
}

function pathOf(name: string): string[] | undefined {
  const whole = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(name)
  if (!whole) return undefined
  const path = [whole[1]!, ...[...whole[2]!.matchAll(/\[([^[\]]*)\]/g)].map((part) => part[1]!)]
  return path.length > depthMax ? undefined : path
}

/** Lists are trees with numbers for names until all is read. */
function place(root: FormTree, path: readonly string[], value: string): boolean {
  let at = root
  for (const [depth, part] of path.entries()) {
    const name = part === '' ? String(Object.keys(at).length) : part
    const there = at[name]
    if (depth === path.length - 1) {
      if (typeof there === 'object') return false
      at[name] = value
      return true
    }
    if (typeof there === 'string') return false
    at = (at[name] = there ?? (Object.create(null) as FormTree)) as FormTree
  }
  return true
}

function listed(value: FormValue): FormValue {
  if (typeof value === 'string' || Array.isArray(value)) return value
  const entries = Object.entries(value).map(([name, inner]) => [name, listed(inner)] as const)
  const isList = entries.length > 0 && entries.every(([name]) => /^\d+$/.test(name))
  if (!isList) return Object.assign(Object.create(null) as FormTree, Object.fromEntries(entries))
  return entries.toSorted(([a], [b]) => Number(a) - Number(b)).map(([, inner]) => inner)
}
