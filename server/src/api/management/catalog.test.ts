import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { openTestApi, readPages } from '../test/harness.ts'
import type { Reply } from '../test/reply.ts'

const api = await openTestApi({ after })
const { operator, catalog } = api
const nobody = '01980f3e-7c1a-7000-8000-0123456789ab'

let count = 0
const unique = (word: string) => `${word}-${++count}`

async function post(path: string, body: object): Promise<Reply> {
  const reply = await operator.ask('POST', `/api/v1/${path}`, { body })
  equal(reply.status, 201, JSON.stringify(reply.body))
  return reply
}

async function refused(method: string, path: string, body: object): Promise<readonly unknown[]> {
  const reply = await operator.ask(method, `/api/v1/${path}`, { body })
  return [reply.status, reply.at('error.param')]
}

const makeProvider = async (more: object = {}) =>
  (await post('providers', { name: unique('p'), base_url: 'https://api.example.com/v1', ...more })).textAt('data.id')

const makeModel = async (more: object = {}) =>
  (await post('models', { id: unique('acme/m'), ...more })).textAt('data.id')

const makeOffer = async (model_id: string, provider_id: string) =>
  (await post('offers', { model_id, provider_id, upstream_model: unique('up') })).textAt('data.id')

test('the key of a provider is kept sealed and never told, not even to the operator', async () => {
  const name = unique('sealed')
  const body = { name, dialect: 'openai', api_key: 'sk-upstream-secret' }
  const made = await post('providers', body)
  deepEqual([made.at('data.has_api_key'), made.at('data.base_url')], [true, 'https://api.openai.com/v1'])
  const path = `/api/v1/providers/${made.textAt('data.id')}`
  const answers = [made, await operator.ask('GET', path), await operator.ask('GET', '/api/v1/providers')]
  for (const answer of answers) ok(!JSON.stringify(answer.body).includes('sk-upstream-secret'))
  const { rows } = await api.database.pool.query('select * from provider where name = $1', [name])
  ok(!JSON.stringify(rows).includes('sk-upstream-secret'))
  equal(catalog.providerSettings(made.textAt('data.id'))?.apiKey, 'sk-upstream-secret')
  equal((await operator.ask('PATCH', path, { body: { api_key: null } })).at('data.has_api_key'), false)
  equal(catalog.providerSettings(made.textAt('data.id'))?.apiKey, undefined)
})

test('facts of an offer go before those of its provider, stay with a change of something else, and nonsense is refused', async () => {
  const provider = await makeProvider({ facts: { zdr: true, region: 'eu-west-1' } })
  const model = await makeModel()
  const made = await post('offers', {
    ...{ model_id: model, provider_id: provider, upstream_model: 'up' },
    facts: { region: 'us-east-1', quantization: 'fp8', concurrency_max: 4 },
  })
  const id = made.textAt('data.id')
  const inForce = () => catalog.current().offersOf(model)[0]!.facts
  deepEqual([inForce().keepsNothing, inForce().region, inForce().quantization], [true, 'us-east-1', 'fp8'])
  await operator.ask('PATCH', `/api/v1/offers/${id}`, { body: { disabled: true } })
  equal(inForce().concurrencyMax, 4)
  await operator.ask('PATCH', `/api/v1/offers/${id}`, { body: { facts: { data_collection: 'deny' } } })
  await operator.ask('PATCH', `/api/v1/providers/${provider}`, { body: { facts: {} } })
  deepEqual(
    [inForce().keepsNothing, inForce().collectsData, inForce().region, inForce().concurrencyMax],
    [false, false, undefined, undefined],
  )
  for (const facts of [{ region: 'EU West' }, { quantization: 'fp7' }, { concurrency_max: 0 }, { smell: 'good' }]) {
    const [status, param] = await refused('PATCH', `offers/${id}`, { facts })
    equal(status, 400)
    ok(String(param).startsWith('facts'), String(param))
  }
})

test('private addresses are refused until the operator allows them, also when a provider is changed', async () => {
  for (const base_url of ['http://127.0.0.1:8000/v1', 'http://localhost/v1', 'http://10.1.2.3', 'http://[::1]/v1']) {
    deepEqual(await refused('POST', 'providers', { name: unique('p'), base_url }), [400, 'base_url'], base_url)
    await makeProvider({ base_url, allow_private: true })
  }
  const open = await makeProvider()
  deepEqual(await refused('PATCH', `providers/${open}`, { base_url: 'http://127.0.0.1/v1' }), [400, 'base_url'])
  const local = await makeProvider({ base_url: 'http://127.0.0.1:9/v1', allow_private: true })
  deepEqual(await refused('PATCH', `providers/${local}`, { allow_private: false }), [400, 'base_url'])
})

test('the metadata service of a cloud is refused whatever the operator allows', async () => {
  const body = { name: unique('p'), base_url: 'http://169.254.169.254/latest', allow_private: true }
  deepEqual(await refused('POST', 'providers', body), [400, 'base_url'])
})

test('bad providers are refused with the field named', async () => {
  const good = { name: 'good', base_url: 'https://api.example.com/v1' }
  const bad: [object, string][] = [
    [{ name: 'Has Spaces' }, 'name'],
    [{ name: '' }, 'name'],
    [{ dialect: 'klingon' }, 'dialect'],
    [{ base_url: 'ftp://example.com' }, 'base_url'],
    [{ base_url: 'https://user:pass@example.com' }, 'base_url'],
    [{ base_url: undefined }, 'base_url'],
    [{ api_key: 'has space' }, 'api_key'],
    [{ api_key: 'has\nline' }, 'api_key'],
    [{ allow_private: 'yes' }, 'allow_private'],
    [{ url: 'https://x' }, 'url'],
  ]
  for (const [fault, param] of bad) {
    deepEqual(await refused('POST', 'providers', { ...good, ...fault }), [400, param], JSON.stringify(fault))
  }
  const taken = unique('taken')
  await makeProvider({ name: taken })
  deepEqual(await refused('POST', 'providers', { ...good, name: taken }), [409, 'name'])
})

test('a provider that offers use cannot be deleted; then it can, and is gone', async () => {
  const [provider, model] = [await makeProvider(), await makeModel()]
  const offer = await makeOffer(model, provider)
  for (const path of [`/api/v1/providers/${provider}`, `/api/v1/models/${model}`]) {
    const inUse = await operator.ask('DELETE', path)
    deepEqual([inUse.status, inUse.at('error.code')], [409, 'conflict'])
    match(inUse.textAt('error.message'), /: 1\. Delete those first/)
  }
  for (const path of [`offers/${offer}`, `providers/${provider}`, `models/${model}`]) {
    deepEqual((await operator.ask('DELETE', `/api/v1/${path}`)).body, { deleted: true })
    equal((await operator.ask('DELETE', `/api/v1/${path}`)).status, 404)
    equal((await operator.ask('GET', `/api/v1/${path}`)).status, 404)
  }
})

test('a provider is tested by asking it for its models; its failure is an answer', async (t) => {
  const upstream = createServer((request, response) => {
    const known = request.headers.authorization === 'Bearer sk-good' && request.url === '/v1/models'
    response.writeHead(known ? 200 : 401).end(JSON.stringify({ data: [{ id: 'm-1' }, { id: 'm-2' }] }))
  })
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  t.after(() => void upstream.close())
  const base_url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1`
  const ask = async (api_key: string) => {
    const id = await makeProvider({ base_url, allow_private: true, api_key })
    return operator.ask('POST', `/api/v1/providers/${id}/test`)
  }
  deepEqual((await ask('sk-good')).at('data'), { ok: true, models: ['m-1', 'm-2'], why: null })
  const failed = await ask('sk-bad')
  deepEqual([failed.status, failed.at('data.ok')], [200, false])
  match(failed.textAt('data.why'), /401/)
  equal((await operator.ask('POST', `/api/v1/providers/${nobody}/test`)).status, 404)
})

test('a model is made, found by an id with slashes, changed and called by its aliases', async () => {
  const alias = unique('nick')
  const made = await post('models', {
    id: unique('acme/deep/m'),
    aliases: [alias],
    context_length: 8_192,
    output_tokens_max: 1_024,
    input_modalities: ['text', 'image'],
    supported_parameters: ['tools'],
  })
  const id = made.textAt('data.id')
  for (const path of [id, encodeURIComponent(id)]) {
    deepEqual((await operator.ask('GET', `/api/v1/models/${path}`)).body, made.body)
  }
  equal(catalog.current().findModel(alias)?.id, id)
  const changed = await operator.ask('PATCH', `/api/v1/models/${id}`, {
    body: { name: 'Deep', context_length: null, aliases: [], disabled: true },
  })
  deepEqual(
    ['name', 'context_length', 'output_tokens_max', 'aliases', 'disabled'].map((name) => changed.at(`data.${name}`)),
    ['Deep', null, 1_024, [], true],
  )
  equal(catalog.current().findModel(alias), undefined)
})

test('bad models are refused with the field named, and names are taken once', async () => {
  const [taken, alias] = [unique('acme/taken'), unique('alias')]
  await makeModel({ id: taken, aliases: [alias] })
  const bad: [object, number, string | null][] = [
    [{ id: 'Has Spaces' }, 400, 'id'],
    [{ id: '' }, 400, 'id'],
    [{}, 400, 'id'],
    [{ id: 'a/b', context_length: 0 }, 400, 'context_length'],
    [{ id: 'a/b', context_length: '8192' }, 400, 'context_length'],
    [{ id: 'a/b', output_tokens_max: 1.5 }, 400, 'output_tokens_max'],
    [{ id: 'a/b', input_modalities: ['smell'] }, 400, 'input_modalities.0'],
    [{ id: 'a/b', output_modalities: [] }, 400, 'output_modalities'],
    [{ id: 'a/b', aliases: ['Not OK'] }, 400, 'aliases.0'],
    [{ id: 'a/b', price: '1' }, 400, 'price'],
    [{ id: taken }, 409, null],
    [{ id: alias }, 409, null],
    [{ id: unique('acme/m'), aliases: [taken] }, 409, null],
  ]
  for (const [body, status, param] of bad) {
    deepEqual(await refused('POST', 'models', body), [status, param], JSON.stringify(body))
  }
})

test('an offer needs its model and its provider, and is made once', async () => {
  const [provider_id, model_id] = [await makeProvider(), await makeModel()]
  const body = { model_id, provider_id, upstream_model: 'up', capabilities: { tools: false } }
  const made = await post('offers', body)
  deepEqual([made.at('data.provider_share_bps'), made.at('data.capabilities')], [10_000, { tools: false }])
  const bad: [object, number, string][] = [
    [{}, 409, 'upstream_model'],
    [{ model_id: 'acme/none' }, 404, 'model_id'],
    [{ provider_id: nobody }, 404, 'provider_id'],
    [{ provider_id: 'x' }, 400, 'provider_id'],
    [{ provider_share_bps: 10_001 }, 400, 'provider_share_bps'],
    [{ upstream_model: '' }, 400, 'upstream_model'],
    [{ capabilities: { tools: 'no' } }, 400, 'capabilities.tools'],
  ]
  for (const [fault, status, param] of bad) {
    deepEqual(await refused('POST', 'offers', { ...body, ...fault }), [status, param], JSON.stringify(fault))
  }
  const path = `/api/v1/offers/${made.textAt('data.id')}`
  const changed = await operator.ask('PATCH', path, { body: { disabled: true, provider_share_bps: 9_000 } })
  deepEqual(
    ['disabled', 'provider_share_bps', 'upstream_model', 'capabilities'].map((name) => changed.at(`data.${name}`)),
    [true, 9_000, 'up', { tools: false }],
  )
  deepEqual(await refused('PATCH', `offers/${nobody}`, { disabled: true }), [404, null])
})

test('a price counts from its moment on, at once unless said, and is never changed', async () => {
  const [provider, model_id] = [await makeProvider(), await makeModel()]
  const offer_id = await makeOffer(model_id, provider)
  const made = await post('prices', { model_id, class: 'input', usd_per_million: '0.15' })
  deepEqual(
    ['usd_per_million', 'credits_per_unit', 'source', 'offer_id'].map((name) => made.at(`data.${name}`)),
    ['0.15', '0.3', 'operator', null],
  )
  const prices = () => catalog.current().pricesOf({ id: offer_id, modelId: model_id }, Date.now())
  equal(prices().input?.perMillion, 150_000_000n)
  const future = { model_id, class: 'input', usd_per_million: '9', valid_from: '2999-01-01T00:00:00Z' }
  await post('prices', future)
  await post('prices', { model_id, offer_id, class: 'output', usd_per_million: '0' })
  deepEqual([prices().input?.perMillion, prices().output?.perMillion], [150_000_000n, 0n])
  deepEqual(await refused('POST', 'prices', { ...future, usd_per_million: '8' }), [409, 'valid_from'])
  const list = (await operator.ask('GET', `/api/v1/prices?model_id=${model_id}`)).at('data') as object[]
  equal(list.length, 3)
  for (const method of ['PATCH', 'DELETE']) {
    equal((await operator.ask(method, `/api/v1/prices/${made.textAt('data.id')}`)).status, 404)
  }
})

test('bad prices are refused with the field named', async () => {
  const [model_id, other] = [await makeModel(), await makeModel()]
  const foreign = await makeOffer(other, await makeProvider())
  const good = { model_id, class: 'input', usd_per_million: '1' }
  const bad: [object, number, string][] = [
    [{ usd_per_million: 1 }, 400, 'usd_per_million'],
    [{ usd_per_million: '-1' }, 400, 'usd_per_million'],
    [{ usd_per_million: '0.0000000001' }, 400, 'usd_per_million'],
    [{ usd_per_million: '1e3' }, 400, 'usd_per_million'],
    [{ class: 'thoughts' }, 400, 'class'],
    [{ valid_from: 'soon' }, 400, 'valid_from'],
    [{ model_id: 'acme/none' }, 404, 'model_id'],
    [{ offer_id: nobody }, 404, 'offer_id'],
    [{ offer_id: foreign }, 404, 'offer_id'],
  ]
  for (const [fault, status, param] of bad) {
    deepEqual(await refused('POST', 'prices', { ...good, ...fault }), [status, param], JSON.stringify(fault))
  }
})

test('models, offers and prices are listed in pages without gaps or doubles', async () => {
  const provider = await makeProvider()
  const model = await makeModel()
  for (let made = 0; made < 3; made++) {
    await makeOffer(model, provider)
    await post('prices', {
      model_id: model,
      class: 'input',
      usd_per_million: '1',
      valid_from: `299${made}-01-01T00:00:00Z`,
    })
  }
  for (const path of [
    `offers?model_id=${model}`,
    `offers?provider_id=${provider}`,
    `prices?model_id=${model}`,
    'models?',
  ]) {
    const all = (await operator.ask('GET', `/api/v1/${path}${path.includes('?') ? '&' : '?'}limit=200`)).at('data') as {
      id: string
    }[]
    ok(all.length >= 3)
    const seen = await readPages<{ id: string }>(operator.ask, `/api/v1/${path}`, 2)
    deepEqual(seen, all, path)
  }
})

test('the public list has the models that can be called, with prices, and needs no key', async () => {
  const [provider, model] = [await makeProvider(), await makeModel({ context_length: 100 })]
  const anyone = api.as(undefined)
  const listed = async () => ((await anyone('GET', '/v1/models')).at('data') as { id: string }[]).map(({ id }) => id)
  await makeOffer(model, provider)
  ok(!(await listed()).includes(model))
  await post('prices', { model_id: model, class: 'input', usd_per_million: '5' })
  await post('prices', { model_id: model, class: 'output', usd_per_million: '15' })
  ok((await listed()).includes(model))
  const item = await anyone('GET', `/v1/models/${model}`)
  deepEqual(item.at('pricing'), { prompt: '0.000005', completion: '0.000015', request: '0' })
  deepEqual(item.at('pricing_credits'), { prompt: '10', completion: '30', request: '0' })
  const none = await anyone('GET', '/v1/models/acme/none')
  deepEqual([none.status, none.at('error.code')], [404, 'model_not_found'])
})
