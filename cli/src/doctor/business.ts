import { isZero } from '../amounts.ts'
import type { Data, ListedModel, ManagedModel, Offer, OwnCredits, Page, Reconciliation, Whoami } from '../answers.ts'
import { testProviders } from '../commands/providers.ts'
import { Failure, failureText } from '../failure.ts'
import { readWhole } from '../pages.ts'
import type { Session } from '../session.ts'
import { type Finding, findingsOf } from './finding.ts'

/** What only a running server can tell: keys, providers, prices and the ledger. */
export async function* checkBusiness(session: Session): AsyncGenerator<Finding> {
  yield await checkInferenceKey(session)
  const operator = await checkOperatorKey(session)
  yield operator
  if (operator.state !== 'ok') {
    for (const name of ['providers', 'prices', 'ledger']) yield findingsOf(name).skip("needs the operator's key")
    return
  }
  yield* attempt('providers', () => checkProviders(session))
  yield* attempt('prices', async () => [await checkPrices(session)])
  yield* attempt('ledger', async () => [await checkLedger(session)])
}

/** A check that itself fails is a finding too. */
async function* attempt(name: string, check: () => Promise<readonly Finding[]>): AsyncGenerator<Finding> {
  try {
    yield* await check()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    yield findingsOf(name).fail(failureText(error), 'look into the log of the server')
  }
}

async function checkInferenceKey({ connection, client }: Session): Promise<Finding> {
  const { ok, warn, fail, skip } = findingsOf('key for models')
  const { inferenceKey: key } = connection
  if (!key) return skip('none given')
  try {
    const caller = client('inference')
    const { data: who } = await caller.get<Data<Whoami>>('/api/v1/whoami')
    if (who.role !== 'caller') return skip(`the key from ${key.source} is for management`)
    if (who.account.frozen) return warn(`the account ${who.account.name} is frozen`, 'redpill accounts unfreeze')
    const { data: credits } = await caller.get<Data<OwnCredits>>('/v1/credits')
    if (isZero(credits.available_credits)) {
      return warn(
        `the account ${who.account.name} has no credits left`,
        `redpill credits grant ${who.account.id} 1000000`,
      )
    }
    return ok(`${who.key.label} of ${who.account.name} (from ${key.source})`)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return fail(failureText(error), 'give a working one: redpill keys create')
  }
}

async function checkOperatorKey({ connection, client }: Session): Promise<Finding> {
  const { ok, warn, fail, skip } = findingsOf("operator's key")
  const { managementKey: key } = connection
  if (!key) return skip('none given')
  try {
    const { data: who } = await client('management').get<Data<Whoami>>('/api/v1/whoami')
    if (who.role === 'operator') return ok(`${who.key.label} (from ${key.source})`)
    return warn(`the key from ${key.source} is not the operator's`, 'give that one for the checks below')
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return fail(failureText(error), 'give a working one with --key or REDPILL_OPERATOR_KEY')
  }
}

async function checkProviders({ client }: Session): Promise<Finding[]> {
  const { ok, fail } = findingsOf('providers')
  const tested = await testProviders(client('management'), undefined)
  const broken = tested.filter((test) => !test.ok)
  if (broken.length === 0) return [ok(`${tested.map(({ provider }) => provider).join(', ')} answer`)]
  return broken.map(({ provider, why }) =>
    fail(`${provider}: ${why ?? 'it failed'}`, 'check its address and key, or remove it: redpill providers'),
  )
}

/** Models that are on and served, but cannot be charged for: calls to them are refused. */
async function checkPrices({ client: clientOf }: Session): Promise<Finding> {
  const { ok, warn } = findingsOf('prices')
  const client = clientOf('management')
  const [models, offers, listed] = await Promise.all([
    readWhole<ManagedModel>(client, '/api/v1/models'),
    readWhole<Offer>(client, '/api/v1/offers'),
    client.get<Page<ListedModel>>('/v1/models'),
  ])
  const callable = new Set(listed.data.map(({ id }) => id))
  const served = new Set(
    offers.filter(({ disabled, available }) => !disabled && available).map((offer) => offer.model_id),
  )
  const unpriced = models.filter(({ id, disabled }) => !disabled && served.has(id) && !callable.has(id))
  if (unpriced.length === 0) return ok(`${callable.size} models can be called, each has a price`)
  const some = unpriced.slice(0, 5).map(({ id }) => id)
  const words = `${unpriced.length} models have no price and are refused: ${some.join(', ')}${unpriced.length > 5 ? ' ...' : ''}`
  return warn(words, `redpill prices set ${some[0]} input 0.10`)
}

async function checkLedger({ client }: Session): Promise<Finding> {
  const { ok, fail } = findingsOf('ledger')
  const { invariants, ...result } = await client('management').send<Reconciliation>('POST', '/api/v1/reconcile', {
    body: {},
  })
  if (result.ok) return ok(`all ${invariants.length} invariants hold`)
  const broken = invariants.filter((invariant) => !invariant.ok).map(({ id, detail }) => `${id}: ${detail}`)
  return fail(broken.join('; '), 'stop calls, keep the database as it is, and look: redpill reconcile')
}
