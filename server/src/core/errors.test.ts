import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { AppError, catalogue, errorEnvelope } from './errors.ts'

test('docs/errors.md lists every code of the catalogue with its status, type and retryability, and no other', async () => {
  const page = await readFile(new URL('../../../docs/errors.md', import.meta.url), 'utf8')
  const documented = [...page.matchAll(/^\| `(\w+)` \| (\d+) \| `(\w+)` \| (yes|no) \|/gm)].map(
    ([, code, status, type, retryable]) => [code, { status: Number(status), type, retryable: retryable === 'yes' }],
  )
  assert.deepEqual(Object.fromEntries(documented), catalogue)
})

test('an error is told in the envelope of OpenAI, facts under metadata, causes never', () => {
  const error = new AppError('insufficient_credits', {
    message: 'too dear',
    metadata: { available_credits: '3' },
    cause: new Error('inner'),
  })
  assert.equal(error.status, 402)
  assert.deepEqual(errorEnvelope(error), {
    error: {
      message: 'too dear',
      type: 'insufficient_quota',
      code: 'insufficient_credits',
      param: null,
      metadata: { available_credits: '3' },
    },
  })
})
