/** `expand[]`: ids in an answer become the objects that they name, four levels deep, as https://docs.stripe.com/expand. */
import { invalid } from './faults.ts'

export type Expander = {
  /** The object behind an id. */
  readonly find: (id: string) => object | undefined
  /** What an object has only when it is asked for (`line_items` of a session). */
  readonly include: (object: Readonly<Record<string, unknown>>, name: string) => unknown
}

const depthMax = 4

export function expand(answer: object, paths: readonly string[], expander: Expander): object {
  let expanded: unknown = answer
  for (const path of paths) {
    const names = path.split('.')
    if (names.length > depthMax)
      throw invalid(`You cannot expand more than ${depthMax} levels of a property.`, { param: 'expand' })
    expanded = follow(expanded, names, path, expander)
  }
  return expanded as object
}

function follow(value: unknown, names: readonly string[], path: string, expander: Expander): unknown {
  const [name, ...rest] = names
  if (name === undefined || value === null) return value
  if (Array.isArray(value)) return value.map((inner) => follow(inner, names, path, expander))
  const object = value as Readonly<Record<string, unknown>>
  const there = object[name] === undefined ? expander.include(object, name) : object[name]
  if (there === undefined)
    throw invalid(
      `This property cannot be expanded (${name}). You may want to try expanding it on another object: ${path}`,
      {
        param: 'expand',
      },
    )
  const found = typeof there === 'string' ? expander.find(there) : there
  if (found === undefined || (typeof found !== 'object' && found !== null))
    throw invalid(`This property cannot be expanded (${name}).`, { param: 'expand' })
  return { ...object, [name]: follow(found, rest, path, expander) }
}
