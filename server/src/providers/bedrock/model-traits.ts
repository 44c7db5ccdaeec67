/** What the models of Bedrock's many makers take of the Converse API, read from their ids: `us.anthropic.claude-...`. */
import { traitsOf, type ModelTraits } from '../anthropic/model-traits.ts'

export type BedrockTraits = {
  readonly maker: string
  /** Claude's own traits, where it is Claude. */
  readonly claude: ModelTraits | undefined
  /** Whether it knows cache points. */
  readonly caches: boolean
  /** Whether it is told that a tool has failed. */
  readonly takesToolStatus: boolean
  /** Whether answers and tools can be held to a JSON schema. */
  readonly takesSchemas: boolean
  /** Whether it is Nova of the second generation, which is told how much to reason. */
  readonly reasons: boolean
}

const makers =
  /(?:^|[./])(anthropic|amazon|meta|mistral|cohere|ai21|deepseek|openai|qwen|google|nvidia|minimax|moonshotai?|writer|zai)\./
const holdsToSchemas = new Set([
  'openai',
  'qwen',
  'deepseek',
  'mistral',
  'google',
  'nvidia',
  'minimax',
  'moonshot',
  'moonshotai',
  'zai',
])

export function bedrockTraitsOf(model: string): BedrockTraits {
  const maker = makers.exec(model)?.[1] ?? ''
  const claude = maker === 'anthropic' || model.includes('claude') ? traitsOf(model) : undefined
  const nova = maker === 'amazon' && model.includes('nova')
  return {
    maker,
    claude,
    caches: claude !== undefined || nova,
    takesToolStatus: claude !== undefined || nova,
    reasons: nova && model.includes('nova-2'),
    takesSchemas: claude ? claude.takesSchemas : holdsToSchemas.has(maker),
  }
}
