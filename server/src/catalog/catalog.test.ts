import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { testDatabase } from '../../test/support/database.ts'
import type { Clock } from '../core/clock.ts'
import { idSource } from '../core/ids.ts'
import { nanoUsdPerMillion } from '../core/money.ts'
import { openSecrets } from '../platform/secrets.ts'
import {
  changeModel,
  changeOffer,
  changeProvider,
  createModel,
  createOffer,
  createPrice,
  createProvider,
  deleteModel,
  deleteOffer,
  deleteProvider,
  findModel,
  findOffer,
  findProvider,
  listModels,
  listOffers,
  listPrices,
  listProviders,
  openCatalog,
} from './index.ts'

const chance = { bytes: (length: number) => randomBytes(length) }
const secrets = openSecrets('a secret of at least thirty-two characters', chance)
const clock: Clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() }
const makeId = idSource(clock, chance)
const database = await testDatabase({ after })
const { db } = database
const createdAt = new Date('2026-11-22T12:00:00Z')

let names = 0
const fresh = (prefix: string) => `${prefix}-${++names}`

async function newProvider(more: object = {}) {
  const provider = {
    id: makeId(),
    name: fresh('p'),
    dialect: 'compatible',
    baseUrl: 'https://example.org/v1',
    createdAt,
  }
  const made = await createProvider(db, { ...provider, ...more }, secrets)
  assert.equal(made.kind, 'created')
  return made.provider
}

async function newModel(more: object = {}) {
  const made = await createModel(db, { id: `m/${fresh('x')}`, createdAt, ...more })
  assert.equal(made.kind, 'created')
  return made.model
}

async function newOffer(modelId: string, providerId: string, more: object = {}) {
  const made = await createOffer(db, { id: makeId(), modelId, providerId, upstreamModel: 'up', createdAt, ...more })
  assert.equal(made.kind, 'created')
  return made.offer
}

const newPrice = (modelId: string, more: object = {}) =>
  createPrice(db, { id: makeId(), modelId, class: 'input', perMillion: nanoUsdPerMillion(5n), now: createdAt, ...more })

test("a provider's key is stored sealed, never shown, and can be taken away", async () => {
  const provider = await newProvider({ apiKey: 'sk-very-secret' })
  assert.equal(provider.hasApiKey, true)
  assert.equal(JSON.stringify(await findProvider(db, provider.id)).includes('very-secret'), false)
  const { rows } = await database.pool.query<{ text: string }>('select provider::text as text from provider')
  assert.equal(
    rows.some(({ text }) => text.includes('very-secret')),
    false,
  )
  const changed = await changeProvider(db, provider.id, { apiKey: null, disabled: true }, secrets)
  assert.deepEqual(changed, { kind: 'changed', provider: { ...provider, hasApiKey: false, disabled: true } })
  assert.deepEqual(await changeProvider(db, makeId(), {}, secrets), { kind: 'unknown' })
})

test('a provider is deleted only when nothing hangs on it; its name may then be used again', async () => {
  const provider = await newProvider({ apiKey: 'k' })
  const model = await newModel()
  const offer = await newOffer(model.id, provider.id)
  assert.deepEqual(await deleteProvider(db, provider.id, createdAt), { kind: 'in-use', offers: 1 })
  assert.deepEqual(await deleteModel(db, model.id, createdAt), { kind: 'in-use', offers: 1 })
  assert.equal(await deleteOffer(db, offer.id, createdAt), true)
  assert.equal(await deleteOffer(db, offer.id, createdAt), false)
  assert.deepEqual(await deleteProvider(db, provider.id, createdAt), { kind: 'deleted' })
  assert.deepEqual(await deleteProvider(db, provider.id, createdAt), { kind: 'unknown' })
  assert.equal(await findProvider(db, provider.id), undefined)
  assert.equal(
    (await listProviders(db)).some(({ id }) => id === provider.id),
    false,
  )
  const again = await newProvider({ name: provider.name })
  assert.equal(again.hasApiKey, false)
  const twice = await createProvider(db, { ...again, id: makeId(), createdAt }, secrets)
  assert.deepEqual(twice, { kind: 'name-taken' })
})

test('ids and aliases of models share one name space', async () => {
  const one = await newModel({ aliases: ['first', 'first', 'uno'] })
  assert.deepEqual(one.aliases, ['first', 'uno'])
  const id = `m/${fresh('y')}`
  assert.deepEqual(await createModel(db, { id: one.id, createdAt }), { kind: 'name-taken', name: one.id })
  assert.deepEqual(await createModel(db, { id: 'uno', createdAt }), { kind: 'name-taken', name: 'uno' })
  assert.deepEqual(await createModel(db, { id, aliases: ['uno'], createdAt }), { kind: 'name-taken', name: 'uno' })
  assert.deepEqual(await createModel(db, { id, aliases: [one.id], createdAt }), { kind: 'name-taken', name: one.id })
  assert.equal(await findModel(db, id), undefined)
  const two = await newModel()
  assert.deepEqual(await changeModel(db, two.id, { aliases: ['x', 'uno'] }, createdAt), {
    kind: 'name-taken',
    name: 'uno',
  })
  assert.deepEqual((await findModel(db, two.id))?.aliases, [])
  assert.equal((await changeModel(db, one.id, { aliases: ['uno', 'one'] }, createdAt)).kind, 'changed')
  assert.deepEqual((await findModel(db, one.id))?.aliases, ['one', 'uno'])
})

test('a model is changed field by field, deleted, and made again under its id', async () => {
  const model = await newModel({
    contextLength: 8_192,
    outputTokensMax: 100,
    aliases: ['gone'],
    supportedParameters: ['tools'],
  })
  const changed = await changeModel(
    db,
    model.id,
    { description: 'new', contextLength: null, disabled: true },
    createdAt,
  )
  const expected = { ...model, description: 'new', contextLength: undefined, disabled: true }
  assert.deepEqual(changed, { kind: 'changed', model: expected })
  assert.deepEqual(await findModel(db, model.id), expected)
  assert.deepEqual(await deleteModel(db, model.id, createdAt), { kind: 'deleted' })
  assert.deepEqual(await deleteModel(db, model.id, createdAt), { kind: 'unknown' })
  assert.equal(
    (await listModels(db, { limit: 1_000 })).some(({ id }) => id === model.id),
    false,
  )
  const again = await createModel(db, { id: model.id, aliases: ['gone'], createdAt })
  assert.equal(again.kind === 'created' && again.model.disabled, false)
})

test('an offer needs its model and provider, exists once, and a deleted one comes back when made again', async () => {
  const provider = await newProvider()
  const model = await newModel()
  const offer = await newOffer(model.id, provider.id, { capabilities: { tools: false } })
  assert.deepEqual(await findOffer(db, offer.id), offer)
  const same = { id: makeId(), modelId: model.id, providerId: provider.id, upstreamModel: 'up', createdAt }
  assert.deepEqual(await createOffer(db, same), { kind: 'exists' })
  assert.deepEqual(await createOffer(db, { ...same, modelId: 'm/none' }), { kind: 'unknown-model' })
  assert.deepEqual(await createOffer(db, { ...same, providerId: makeId() }), { kind: 'unknown-provider' })
  const other = await newOffer(model.id, provider.id, { upstreamModel: 'other' })
  assert.deepEqual(await changeOffer(db, other.id, { upstreamModel: 'up' }, createdAt), { kind: 'exists' })
  const changed = await changeOffer(db, other.id, { providerShareBps: 5, disabled: true }, createdAt)
  assert.deepEqual(changed, { kind: 'changed', offer: { ...other, providerShareBps: 5, disabled: true } })
  assert.deepEqual(
    (await listOffers(db, { modelId: model.id, limit: 10 })).map(({ id }) => id),
    [offer.id, other.id],
  )
  await deleteOffer(db, offer.id, createdAt)
  const back = await createOffer(db, same)
  assert.deepEqual(back, { kind: 'created', offer: { ...offer, capabilities: {} } })
})

test('an offer rests while its provider is disabled', async () => {
  const provider = await newProvider()
  const offer = await newOffer((await newModel()).id, provider.id)
  await changeProvider(db, provider.id, { disabled: true }, secrets)
  assert.deepEqual(await findOffer(db, offer.id), { ...offer, available: false })
})

test('prices cannot be changed, removed, doubled, or set where they would never count', async () => {
  const model = await newModel()
  const first = await newPrice(model.id)
  assert.equal(first.kind, 'created')
  assert.deepEqual(await newPrice(model.id), { kind: 'exists' })
  const earlier = await newPrice(model.id, { validFrom: new Date(createdAt.getTime() - 1) })
  assert.deepEqual(earlier, { kind: 'superseded', by: first.price })
  const later = await newPrice(model.id, { validFrom: new Date(createdAt.getTime() + 1) })
  assert.equal(later.kind, 'created')
  assert.deepEqual(await listPrices(db, { modelId: model.id, limit: 10 }), [later.price, first.price])
  assert.deepEqual(await newPrice('m/none'), { kind: 'unknown-model' })
  assert.deepEqual(await newPrice(model.id, { offerId: makeId() }), { kind: 'unknown-offer' })
  const foreign = await newOffer((await newModel()).id, (await newProvider()).id)
  assert.deepEqual(await newPrice(model.id, { offerId: foreign.id }), { kind: 'unknown-offer' })
  for (const sql of ['update price set nano_per_million = 0', 'delete from price', 'truncate price']) {
    await assert.rejects(database.pool.query(sql), /prices are immutable/)
  }
})

test(
  'whatever is changed is in force at every gateway, and by name at the one that waited for it',
  { timeout: 20_000 },
  async (t) => {
    const catalog = await openCatalog({ database, secrets })
    const sibling = await openCatalog({ database, secrets })
    t.after(catalog.close)
    t.after(sibling.close)
    const before = catalog.current()
    const heard = new Promise<void>((resolve) => {
      const stop = sibling.changed(() => {
        if (!sibling.current().findModel('told')) return
        stop()
        resolve()
      })
    })
    const provider = await newProvider({ apiKey: 'sk-1' })
    const model = await newModel({ aliases: ['told'] })
    const offer = await newOffer(model.id, provider.id)
    const price = await newPrice(model.id, { validFrom: new Date(1_000) })
    await catalog.refresh()
    assert.equal(catalog.current().findModel('told')?.id, model.id)
    assert.deepEqual(catalog.current().offersOf(model.id), [offer])
    assert.equal(catalog.current().pricesOf(offer, 999).input, undefined)
    assert.deepEqual(catalog.current().pricesOf(offer, 1_000).input, price.kind === 'created' && price.price)
    assert.equal(before.findModel('told'), undefined, 'a snapshot never changes')
    await heard
  },
)

test("a provider's settings hold its opened key, and are the same object until something of it changes", async (t) => {
  const provider = await newProvider({ apiKey: 'sk-1', allowPrivate: true })
  const catalog = await openCatalog({ database, secrets })
  t.after(catalog.close)
  const settings = catalog.providerSettings(provider.id)
  const { name, dialect, baseUrl } = provider
  assert.deepEqual(settings, { name, dialect, baseUrl, apiKey: 'sk-1', allowPrivate: true })
  await newModel()
  await catalog.refresh()
  assert.equal(catalog.providerSettings(provider.id), settings)
  await changeProvider(db, provider.id, { apiKey: 'sk-2' }, secrets)
  await catalog.refresh()
  assert.equal(catalog.providerSettings(provider.id)?.apiKey, 'sk-2')
  assert.equal(catalog.providerSettings(makeId()), undefined)
})

test('a key that was sealed under a lost secret is as good as none, and it is said', async (t) => {
  const provider = await newProvider({ apiKey: 'sk-1' })
  const said: string[] = []
  const other = openSecrets('another secret of thirty-two characters', chance)
  const catalog = await openCatalog({ database, secrets: other, log: (message) => said.push(message) })
  t.after(catalog.close)
  assert.equal(catalog.providerSettings(provider.id)?.apiKey, undefined)
  assert.match(said.join(), new RegExp(`${provider.name}.*set it anew`))
})

test('a change that was not told is noticed by its version', { timeout: 20_000 }, async (t) => {
  const deaf = { ...database, listen: () => Promise.resolve(() => Promise.resolve()) }
  const catalog = await openCatalog({ database: deaf, secrets, checkEveryMs: 10 })
  t.after(catalog.close)
  const noticed = new Promise<void>((resolve) => {
    catalog.changed(resolve)
  })
  const model = await newModel()
  await noticed
  assert.equal(catalog.current().findModel(model.id)?.id, model.id)
})
