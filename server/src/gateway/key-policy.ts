import { AppError } from '../core/errors.ts'
import { matchesAny, type Caller, type KeyPolicy } from '../accounts/index.ts'
import type { CatalogSnapshot, Model } from '../catalog/index.ts'
import type { GatewayContext } from './dependencies.ts'

/** The same gateway, with a catalog that has only what the caller's key may use. */
export function forCaller(context: GatewayContext, { key: { policy } }: Caller): GatewayContext {
  if (!policy.models && !policy.providers) return context
  return { ...context, catalog: () => narrowed(context.catalog(), policy) }
}

/** Whether answers to a caller may be stored: what its key is set to comes before what the server is. */
export const mayStore = ({ storeAnswers }: Pick<GatewayContext, 'storeAnswers'>, { key }: Caller): boolean =>
  key.keeping.storeAnswers ?? storeAnswers

const known = new WeakMap<KeyPolicy, { readonly of: CatalogSnapshot; readonly is: CatalogSnapshot }>()

function narrowed(whole: CatalogSnapshot, policy: KeyPolicy): CatalogSnapshot {
  const before = known.get(policy)
  if (before?.of === whole) return before.is
  const is = narrow(whole, policy)
  known.set(policy, { of: whole, is })
  return is
}

/** To name what the key may not use is an error, so that nobody takes it for something that does not exist. */
function narrow(whole: CatalogSnapshot, { models, providers }: KeyPolicy): CatalogSnapshot {
  const mayCall = ({ id }: Model) => !models || matchesAny(models, id)
  const offersOf: CatalogSnapshot['offersOf'] = (modelId) =>
    whole.offersOf(modelId).filter(({ providerName }) => !providers || matchesAny(providers, providerName))
  return {
    ...whole,
    models: whole.models.filter(mayCall),
    offersOf,
    findModel(name) {
      const model = whole.findModel(name)
      if (!model) return undefined
      if (!mayCall(model)) throw notAllowed(`This key may not call ${model.id}.`)
      if (whole.offersOf(model.id).length > 0 && offersOf(model.id).length === 0)
        throw notAllowed(`This key may use no provider that serves ${model.id}.`)
      return model
    },
  }
}

const notAllowed = (message: string) => new AppError('not_allowed', { message, param: 'model' })
