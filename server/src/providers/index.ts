/** Everything that answers calls: upstreams that speak a dialect of OpenAI's API, and the models built in. */
export { openTokenCounter, type TokenCounter } from './counting/index.ts'
export { hasCompletions, type Dialect } from './dialect.ts'
export { dialects } from './dialects.ts'
export { endpoints, judgesText, writesText } from './endpoints.ts'
export { probeLoopback, providersFromEnvironment, type FoundProvider, type ProbeOptions } from './discover.ts'
export { localModels, openLocalProvider, type LocalModel } from './local/index.ts'
export type { ModelList } from './model-list.ts'
export {
  canListModels,
  listUpstreamModels,
  openProvider,
  type OpenedProvider,
  type ProviderDeps,
} from './open-provider.ts'
export type {
  AnswerHead,
  AnswerSink,
  Endpoint,
  Flight,
  Provider,
  ProviderSettings,
  UpstreamCall,
  UpstreamFault,
} from './types.ts'
export { vertexFromEnvironment } from './vertex/index.ts'
