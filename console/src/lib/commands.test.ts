import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { type Command, commands } from './commands.ts'

const named = (label: string, more?: string): Command => ({
  id: label,
  label,
  kind: 'Page',
  run: () => {},
  ...(more === undefined ? {} : { more }),
})
const all = [
  named('Credits'),
  named('Keys'),
  named('openai/gpt-4o', 'GPT-4o'),
  named('production', 'sk-rp-Ab3...x9Z'),
  named('Calls'),
]
const found = (typed: string) => commands(all, typed).map(({ label }) => label)

test('what begins as it was typed comes first, then words inside, then letters in order', () => {
  deepEqual(found('c'), ['Credits', 'Calls', 'production'])
  deepEqual(found('gpt'), ['openai/gpt-4o'])
  deepEqual(found('kys'), ['Keys'])
})

test('a key is found by its label, a model by its name', () => {
  deepEqual(found('ab3'), ['production'])
})

test('nothing typed lists what there is; nonsense finds nothing', () => {
  deepEqual(found(' ').length, all.length)
  deepEqual(found('zzz'), [])
})
