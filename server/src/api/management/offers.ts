import { z } from '@hono/zod-openapi'
import { AppError } from '../../core/errors.ts'
import { isUuid, type Uuid } from '../../core/ids.ts'
import type { Db } from '../../platform/database/index.ts'
import { changeOffer, createOffer, deleteOffer, findOffer, listOffers, type Offer } from '../../catalog/index.ts'
import { offerFactsField } from './facts.ts'
import { notFound } from '../faults.ts'
import { dataOf, deleted, idField } from '../fields.ts'
import { type AnyOperation, operation } from '../operation.ts'
import { fromCursor, pageFields, pageFrom, pageOf } from '../pages.ts'
import { modelIdField } from './models.ts'

const tag = 'Offers'
const allowed = 'operator'
const params = z.strictObject({ id: idField })

const offer = z
  .object({
    id: z.string().openapi({ format: 'uuid' }),
    model_id: z.string(),
    provider_id: z.string().openapi({ format: 'uuid' }),
    provider_name: z.string(),
    upstream_model: z.string().openapi({ description: "The upstream's own name of the model." }),
    provider_share_bps: z.number().int().openapi({
      description: 'The part of what callers pay that is owed to the provider, in basis points.',
    }),
    capabilities: z.record(z.string(), z.boolean()).openapi({
      description: 'Request fields that it cannot take, as `{"tools": false}`; absent means that it can.',
    }),
    facts: offerFactsField,
    disabled: z.boolean(),
    available: z.boolean().openapi({ description: 'Whether its provider is on and, where known, lists the model.' }),
  })
  .openapi('Offer')

const upstreamModelField = z
  .string()
  .regex(/^[^\p{Cc}]{1,300}$/u, { error: '1 to 300 characters, no control characters' })
const shareField = z.int().min(0).max(10_000)
const capabilitiesField = z
  .record(z.string().regex(/^[a-z0-9_]{1,64}$/), z.boolean(), { error: 'must be like {"tools": false}' })
  .refine((record) => Object.keys(record).length <= 100, { error: 'at most 100' })

const postOffer = operation({
  id: 'createOffer',
  method: 'post',
  path: '/offers',
  tag,
  summary: 'Offer a model through a provider',
  allowed,
  changes: 'catalog',
  body: z.strictObject({
    model_id: modelIdField,
    provider_id: idField,
    upstream_model: upstreamModelField,
    provider_share_bps: shareField.default(10_000),
    capabilities: capabilitiesField.default({}),
    facts: offerFactsField.default({}),
  }),
  answer: dataOf(offer),
  status: 201,
  audit: { kind: 'offer' },
  run: async ({ api, db, body }) => {
    const created = await createOffer(db, {
      id: api.makeId(),
      modelId: body.model_id,
      providerId: body.provider_id,
      upstreamModel: body.upstream_model,
      providerShareBps: body.provider_share_bps,
      capabilities: body.capabilities,
      facts: body.facts,
      createdAt: new Date(api.clock.nowMs()),
    })
    switch (created.kind) {
      case 'created':
        return { data: inWords(created.offer) }
      case 'unknown-model':
        throw notFound('model', 'model_id')
      case 'unknown-provider':
        throw notFound('provider', 'provider_id')
      case 'exists':
        throw exists()
    }
  },
})

const getOffers = operation({
  id: 'listOffers',
  method: 'get',
  path: '/offers',
  tag,
  summary: 'List offers, of a model or a provider or all',
  allowed,
  query: z.strictObject({ ...pageFields, model_id: modelIdField.optional(), provider_id: idField.optional() }),
  answer: pageOf(offer),
  run: async ({ db, query }) => {
    const [afterId] = fromCursor(query.cursor, [isUuid]) ?? []
    const { model_id: modelId, provider_id: providerId, limit } = query
    const rows = await listOffers(db, { modelId, providerId, afterId, limit: limit + 1 })
    return pageFrom(rows, limit, { entry: inWords, position: ({ id }) => [id] })
  },
})

const getOffer = operation({
  id: 'getOffer',
  method: 'get',
  path: '/offers/{id}',
  tag,
  summary: 'Get an offer',
  allowed,
  params,
  answer: dataOf(offer),
  target: offerThere,
  run: ({ target }) => ({ data: inWords(target) }),
})

const patchOffer = operation({
  id: 'changeOffer',
  method: 'patch',
  path: '/offers/{id}',
  tag,
  summary: 'Change an offer',
  description: 'What is absent stays; capabilities and facts are replaced as a whole.',
  allowed,
  changes: 'catalog',
  params,
  body: z.strictObject({
    upstream_model: upstreamModelField.optional(),
    provider_share_bps: shareField.optional(),
    capabilities: capabilitiesField.optional(),
    facts: offerFactsField.optional(),
    disabled: z.boolean().optional(),
  }),
  answer: dataOf(offer),
  target: offerThere,
  audit: { kind: 'offer', before: inWords },
  run: async ({ api, db, params: { id }, body }) => {
    const { upstream_model: upstreamModel, provider_share_bps: providerShareBps, capabilities, facts, disabled } = body
    const change = { upstreamModel, providerShareBps, capabilities, facts, disabled }
    const changed = await changeOffer(db, id, change, new Date(api.clock.nowMs()))
    switch (changed.kind) {
      case 'changed':
        return { data: inWords(changed.offer) }
      case 'unknown':
        throw notFound('offer')
      case 'exists':
        throw exists()
    }
  },
})

const removeOffer = operation({
  id: 'deleteOffer',
  method: 'delete',
  path: '/offers/{id}',
  tag,
  summary: 'Delete an offer',
  allowed,
  changes: 'catalog',
  params,
  answer: deleted,
  target: offerThere,
  audit: { kind: 'offer', before: inWords },
  run: async ({ api, db, params: { id } }) => {
    if (!(await deleteOffer(db, id, new Date(api.clock.nowMs())))) throw notFound('offer')
    return { deleted: true as const }
  },
})

export const offerOperations: readonly AnyOperation[] = [postOffer, getOffers, getOffer, patchOffer, removeOffer]

type About = { readonly db: Db; readonly params: { readonly id: Uuid } }

async function offerThere({ db, params: { id } }: About): Promise<Offer> {
  const found = await findOffer(db, id)
  if (!found) throw notFound('offer')
  return found
}

function inWords(found: Offer): z.input<typeof offer> {
  return {
    id: found.id,
    model_id: found.modelId,
    provider_id: found.providerId,
    provider_name: found.providerName,
    upstream_model: found.upstreamModel,
    provider_share_bps: found.providerShareBps,
    capabilities: { ...found.capabilities },
    facts: found.ownFacts,
    disabled: found.disabled,
    available: found.available,
  }
}

const exists = () =>
  new AppError('conflict', {
    message: 'The provider offers that model under that upstream name already.',
    param: 'upstream_model',
  })
