import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changedOfferBody, emptyOffer, newOfferBody, offerDraftOf, offerReason, shareBps } from './offer-draft.ts'

test('a share in percent is exact in basis points, and nothing beyond 100', () => {
  assert.deepEqual(['0', '70', '12.5', '99.99', '100'].map(shareBps), [0, 7_000, 1_250, 9_999, 10_000])
  assert.deepEqual(['', '-1', '100.01', '1e2', '12.345', '200'].map(shareBps), Array(6).fill(undefined))
})

test('what an offer cannot do is said as fields of a request', () => {
  const draft = { ...emptyOffer, modelId: 'a/b', providerId: 'p', upstream: ' up ', cannot: 'tools, image_input' }
  assert.equal(offerReason(draft), undefined)
  assert.deepEqual(newOfferBody(draft), {
    ...{ model_id: 'a/b', provider_id: 'p', upstream_model: 'up', provider_share_bps: 10_000 },
    capabilities: { tools: false, image_input: false },
    facts: {},
  })
})

test('a change keeps the facts that the form does not show', () => {
  const offer = {
    ...{
      id: 'o',
      model_id: 'a/b',
      provider_id: 'p',
      provider_name: 'p',
      upstream_model: 'up',
      provider_share_bps: 7_050,
    },
    ...{ capabilities: { tools: false }, disabled: false, available: true },
    facts: { region: 'eu', context_length: 8_000 },
  }
  const draft = offerDraftOf(offer)
  assert.deepEqual([draft.share, draft.cannot, draft.contextLength], ['70.5', 'tools', '8000'])
  assert.deepEqual(changedOfferBody({ ...draft, contextLength: '' }, offer)?.facts, {
    region: 'eu',
    context_length: undefined,
  })
})
