import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Dialect, emptyDraft, ofDialect, reasonNotYet, trialBody, trialName } from './provider-draft.ts'

const dialect = (id: Dialect['id'], more: Partial<Dialect> = {}): Dialect => ({
  ...{ id, base_url: 'https://a.example/v1', api: 'openai', key_variable: null, is_local: false, lists_models: true },
  base_url_parameter: null,
  ...more,
})

const draft = { ...emptyDraft, name: 'mine', apiKey: ' sk-x ' }

test('a name follows the kind until somebody types one', () => {
  const groq = ofDialect({ ...emptyDraft, name: '' }, dialect('groq'))
  assert.equal(groq.name, 'groq')
  assert.equal(ofDialect(groq, dialect('xai')).name, 'xai')
  assert.equal(ofDialect({ ...groq, name: 'mine' }, dialect('xai')).name, 'mine')
  assert.equal(ofDialect(groq, dialect('ollama', { is_local: true })).allowPrivate, true)
})

test('a provider is added after a test of just what is added, or by choice without', () => {
  const openai = dialect('openai')
  const tried = { name: trialName(draft), ok: true }
  assert.equal(reasonNotYet(draft, openai, undefined, false), 'Test it first.')
  assert.equal(reasonNotYet(draft, openai, tried, false), undefined)
  assert.equal(reasonNotYet({ ...draft, apiKey: 'sk-y' }, openai, tried, false), 'Test it first.')
  assert.match(reasonNotYet(draft, openai, { ...tried, ok: false }, false) ?? '', /failed/)
  assert.equal(reasonNotYet(draft, openai, { ...tried, ok: false }, true), undefined)
  assert.equal(reasonNotYet(draft, dialect('azure', { lists_models: false }), undefined, false), undefined)
  assert.match(reasonNotYet(draft, dialect('compatible', { base_url: null }), tried, false) ?? '', /where/)
})

test('what is empty is left to the kind', () => {
  assert.deepEqual(trialBody(draft), { dialect: 'openai', api_key: 'sk-x', allow_private: false })
})
