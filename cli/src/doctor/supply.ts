import type { ListedModel, ManagedModel, Offer, Page } from '../answers.ts'
import { testProviders } from '../commands/providers.ts'
import { readWhole } from '../pages.ts'
import type { Session } from '../session.ts'
import { type Finding, findingsOf } from './finding.ts'

/** Whether every provider that is on can be reached with its key. */
export async function checkProviders({ client }: Session): Promise<Finding[]> {
  const { ok, fail } = findingsOf('providers')
  const tested = await testProviders(client('management'), undefined)
  const broken = tested.filter((test) => !test.ok)
  if (broken.length === 0) return [ok(`${tested.length} of ${tested.length} answer`)]
  return broken.map(({ provider, why }) =>
    fail(`${provider}: ${why ?? 'it failed'}`, 'check its address and key, or remove it: redpill providers'),
  )
}

const namesShown = 5

/** Models that are on and served, but cannot be charged for: calls to them are refused. */
export async function checkPrices({ client: clientOf }: Session): Promise<Finding[]> {
  const { ok, warn } = findingsOf('prices')
  const client = clientOf('management')
  const [models, offers, listed] = await Promise.all([
    readWhole<ManagedModel>(client, '/api/v1/models'),
    readWhole<Offer>(client, '/api/v1/offers'),
    client.get<Page<ListedModel>>('/v1/models'),
  ])
  const callable = new Set(listed.data.map(({ id }) => id))
  const served = new Set(offers.filter((offer) => !offer.disabled && offer.available).map((offer) => offer.model_id))
  const unpriced = models.filter(({ id, disabled }) => !disabled && served.has(id) && !callable.has(id))
  const [first] = unpriced
  if (!first) return [ok(`${callable.size} models can be called, each has a price`)]
  const names = unpriced.slice(0, namesShown).map(({ id }) => id)
  const words = `${unpriced.length} models have no price and are refused: ${names.join(', ')}`
  return [warn(words, `redpill prices set ${first.id} input <USD per million>, and output`)]
}
