import { z } from '@hono/zod-openapi'
import { nanoUsd, toCredits } from '../../core/money.ts'
import { listProviders, type Offer } from '../../catalog/index.ts'
import { type ProviderFigures, providerFigures } from '../../credits/index.ts'
import { creditsText, timeText } from '../fields.ts'
import { type AnyOperation, operation } from '../operation.ts'
import type { ApiOptions } from '../options.ts'

const dayMs = 86_400_000
const days = 30

const standings = ['well', 'limited', 'ejected', 'silent'] as const

const figures = z
  .object({
    provider_id: z.string().openapi({ format: 'uuid' }),
    name: z.string(),
    offers: z.number().int().openapi({ description: 'Those that are on and can be used.' }),
    standing: z.object(Object.fromEntries(standings.map((name) => [name, z.number().int()]))).openapi({
      description:
        'Offers by how they do for this process: asked as usual (`well`), at their rate limit (`limited`), failed (`ejected`) or silent lately.',
    }),
    calls: z.number().int(),
    errors: z.number().int(),
    first_byte_ms_p50: z.number().int().nullable(),
    duration_ms_p50: z.number().int().nullable(),
    charged: creditsText.openapi({ description: 'What callers paid.' }),
    owed: creditsText.openapi({ description: 'The part of it that is owed to the provider.' }),
    margin: creditsText.openapi({ description: 'The rest.' }),
  })
  .openapi('ProviderFigures')

const getFigures = operation({
  id: 'getProviderFigures',
  method: 'get',
  path: '/providers/figures',
  tag: 'Providers',
  summary: 'How each provider does: health, calls, and what is left of what callers paid',
  description: 'Of the last 30 days, from their newest 50,000 receipts: `counted_from` tells since when.',
  allowed: 'operator',
  answer: z.object({ data: z.array(figures), counted_from: timeText }),
  run: async ({ api, db }) => {
    const from = new Date(api.clock.nowMs() - days * dayMs)
    const found = await providerFigures(db, from)
    const byName = new Map(found.figures.map((each) => [each.provider, each]))
    const snapshot = api.catalog.current()
    const offers = Map.groupBy(
      snapshot.models.flatMap(({ id }) => snapshot.offersOf(id)),
      ({ providerId }) => providerId,
    )
    const data = (await listProviders(db)).map(({ id, name }) => ({
      ...{ provider_id: id, name },
      ...standingOf(api, offers.get(id) ?? []),
      ...inWords(byName.get(name)),
    }))
    return { data, counted_from: found.countedFrom.toISOString() }
  },
})

export const providerFigureOperations: readonly AnyOperation[] = [getFigures]

function standingOf({ health, clock }: ApiOptions, offers: readonly Offer[]) {
  const usable = offers.filter(({ available, disabled }) => available && !disabled)
  const kinds = usable.map(({ id }) => health.of(id)?.standing(clock.monotonicMs()).kind ?? 'well')
  const count = (name: (typeof standings)[number]) => kinds.filter((kind) => kind === name).length
  return { offers: usable.length, standing: Object.fromEntries(standings.map((name) => [name, count(name)])) }
}

const inWords = (of: ProviderFigures | undefined) => ({
  calls: of?.calls ?? 0,
  errors: of?.errors ?? 0,
  first_byte_ms_p50: of?.firstByteMs ?? null,
  duration_ms_p50: of?.durationMs ?? null,
  charged: toCredits(of?.charged ?? nanoUsd(0n)),
  owed: toCredits(of?.owed ?? nanoUsd(0n)),
  margin: toCredits(nanoUsd((of?.charged ?? 0n) - (of?.owed ?? 0n))),
})
