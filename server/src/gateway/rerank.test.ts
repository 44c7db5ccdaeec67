import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { measurePrompt } from './prompt-size.ts'
import { measureRerank, queryRepeats, readRerank, searchUnitsMax } from './rerank.ts'

const ranked = [
  { index: 1, relevance_score: 0.9 },
  { index: 0, relevance_score: 0.2 },
]

test("every look-alike's answer is read into one form, with what it used", () => {
  const answers = {
    cohere: {
      given: { id: 'c', results: ranked, meta: { api_version: { version: '2' }, billed_units: { search_units: 1 } } },
      usage: { search_units: 1 },
    },
    jina: { given: { model: 'j', usage: { total_tokens: 15 }, results: ranked }, usage: { total_tokens: 15 } },
    voyage: {
      given: { object: 'list', data: ranked, model: 'v', usage: { total_tokens: 26 } },
      usage: { total_tokens: 26 },
    },
    together: {
      given: { object: 'rerank', results: ranked, usage: { prompt_tokens: 7, completion_tokens: 0, total_tokens: 7 } },
      usage: { total_tokens: 7 },
    },
    openrouter: {
      given: { results: ranked, usage: { search_units: 2, total_tokens: 150, cost: 0.004 } },
      usage: { search_units: 2, total_tokens: 150 },
    },
    litellm: {
      given: { results: ranked, meta: { billed_units: { total_tokens: 30 }, tokens: { input_tokens: 30 } } },
      usage: { total_tokens: 30 },
    },
    silent: { given: { results: ranked }, usage: undefined },
  }
  for (const [name, { given, usage }] of Object.entries(answers)) {
    const read = readRerank(given)
    deepEqual([read?.['results'], read?.['usage'], read?.['data']], [ranked, usage, undefined], name)
  }
})

test('documents in results have one form, and scores one name', () => {
  const results = [
    { index: 0, score: 0.5, document: 'plain' },
    { index: 1, relevance_score: 0.4, document: { text: 'an object', title: 'x' } },
    { index: 2, relevance_score: 0.3, document: null },
  ]
  deepEqual(readRerank({ results })?.['results'], [
    { index: 0, relevance_score: 0.5, document: { text: 'plain' } },
    { index: 1, relevance_score: 0.4, document: { text: 'an object', title: 'x' } },
    { index: 2, relevance_score: 0.3 },
  ])
})

test('what ranks nothing is no ranking', () => {
  for (const answer of [{}, { results: {} }, { results: [{ index: 0 }] }, { results: [1] }, { data: [{ score: 1 }] }]) {
    equal(readRerank(answer), undefined)
  }
  deepEqual(readRerank({ results: [] }), { results: [] })
})

test('the query weighs as often as it is read: once with every document', () => {
  const body = { model: 'm', query: 'four', documents: ['a', 'b', 'c'] }
  equal(queryRepeats(body), 2)
  equal(measureRerank(body).textBytes, measurePrompt(body).textBytes + 8)
})

test('search units are bounded from above, whatever the documents', () => {
  const documents = fc.array(fc.string({ maxLength: 4_000 }), { minLength: 1, maxLength: 250 })
  fc.assert(
    fc.property(documents, fc.string({ minLength: 1, maxLength: 200 }), (texts, query) => {
      const body = { model: 'm', query, documents: texts }
      // Cohere's rule with a byte for a token, which is the most that a text can have.
      const chunks = texts.reduce((sum, text) => sum + Math.max(1, Math.ceil(text.length / (500 - query.length))), 0)
      ok(searchUnitsMax(body, measureRerank(body)) >= Math.ceil(chunks / 100))
    }),
    { numRuns: 30 },
  )
})
