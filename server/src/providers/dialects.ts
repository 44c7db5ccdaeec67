import { anthropicApi } from './anthropic/index.ts'
import { azureAddress } from './azure.ts'
import { bedrockFromEnvironment, bedrockUrl } from './bedrock/environment.ts'
import { bedrockApi } from './bedrock/index.ts'
import { cohereApi } from './cohere/index.ts'
import type { Dialect } from './dialect.ts'
import { geminiApi } from './google/index.ts'
import { vertexApi } from './vertex/index.ts'
import { fitVoyage } from './voyage.ts'
import { openaiResponsesApi, outputTokensMin } from './openai-responses/index.ts'

/** What OpenAI serves by its Responses API alone. */
const responsesAlone = /^(o[13]-pro|gpt-5[.\d]*-pro|gpt-5[.\d]*-codex|codex-mini|computer-use)/

/** OpenAI's models that have completions: what came before chat, and what was tuned from it. */
const completing = /instruct|davinci|babbage/
const completesNothing = () => false

const local = (id: string, loopbackPort: number): Dialect => ({
  id,
  loopbackPort,
  baseUrl: `http://127.0.0.1:${loopbackPort}/v1`,
  maxTokensField: 'max_tokens',
  streamUsage: true,
})

const rows: readonly Dialect[] = [
  {
    id: 'openai',
    keyVariable: 'OPENAI_API_KEY',
    baseUrlVariable: 'OPENAI_BASE_URL',
    baseUrl: 'https://api.openai.com/v1',
    priceListId: 'openai',
    serves: (model) => !responsesAlone.test(model),
    completes: (model) => completing.test(model),
    // Its reasoning models refuse max_tokens.
    maxTokensField: 'max_completion_tokens',
    streamUsage: true,
    refusesExtensions: true,
    takesHints: true,
  },
  {
    // The same models and key by OpenAI's newer API: for those that have no other, and for whoever prefers it.
    id: 'openai-responses',
    speaks: openaiResponsesApi,
    keyVariable: 'OPENAI_API_KEY',
    baseUrlVariable: 'OPENAI_BASE_URL',
    baseUrl: 'https://api.openai.com/v1',
    priceListId: 'openai',
    serves: (model) => responsesAlone.test(model),
    maxTokensField: 'max_completion_tokens',
    outputTokensMin,
    // It tells the usage unasked.
    streamUsage: false,
  },
  {
    // Models go by the names of their deployments, which only their owner knows.
    id: 'azure',
    keyVariable: 'AZURE_OPENAI_API_KEY',
    baseUrlVariable: 'AZURE_OPENAI_ENDPOINT',
    baseUrlQuery: { parameter: 'api-version', variable: 'AZURE_OPENAI_API_VERSION' },
    address: azureAddress,
    completes: (deployment) => completing.test(deployment),
    keyHeader: 'api-key',
    maxTokensField: 'max_completion_tokens',
    streamUsage: true,
    // It lists what could be deployed, not what is.
    listsModels: false,
    refusesExtensions: true,
    takesHints: true,
  },
  {
    id: 'openrouter',
    keyVariable: 'OPENROUTER_API_KEY',
    baseUrl: 'https://openrouter.ai/api/v1',
    priceListId: 'openrouter',
    maxTokensField: 'max_tokens',
    streamUsage: true,
    takesReasoning: true,
    takesRouting: true,
    parsesFiles: true,
  },
  {
    id: 'groq',
    keyVariable: 'GROQ_API_KEY',
    baseUrl: 'https://api.groq.com/openai/v1',
    priceListId: 'groq',
    completes: completesNothing,
    maxTokensField: 'max_completion_tokens',
    streamUsage: true,
    refusesExtensions: true,
    readsReasoning: true,
  },
  {
    id: 'together',
    keyVariable: 'TOGETHER_API_KEY',
    baseUrl: 'https://api.together.xyz/v1',
    priceListId: 'together',
    maxTokensField: 'max_tokens',
    streamUsage: true,
  },
  {
    id: 'mistral',
    keyVariable: 'MISTRAL_API_KEY',
    baseUrl: 'https://api.mistral.ai/v1',
    priceListId: 'mistral',
    completes: completesNothing,
    maxTokensField: 'max_tokens',
    // Answers 422 "Extra inputs are not permitted" to stream_options, and sends the usage in the last chunk unasked.
    streamUsage: false,
    refusesExtensions: true,
  },
  {
    id: 'deepseek',
    keyVariable: 'DEEPSEEK_API_KEY',
    baseUrl: 'https://api.deepseek.com/v1',
    priceListId: 'deepseek',
    completes: completesNothing,
    maxTokensField: 'max_tokens',
    streamUsage: true,
    // It refuses a round of tools that comes without the thinking before it.
    reasoningBack: 'reasoning_content',
  },
  {
    id: 'xai',
    keyVariable: 'XAI_API_KEY',
    baseUrl: 'https://api.x.ai/v1',
    priceListId: 'x-ai',
    maxTokensField: 'max_completion_tokens',
    streamUsage: true,
  },
  {
    id: 'fireworks',
    keyVariable: 'FIREWORKS_API_KEY',
    baseUrl: 'https://api.fireworks.ai/inference/v1',
    priceListId: 'fireworks',
    maxTokensField: 'max_tokens',
    streamUsage: true,
  },
  {
    id: 'cerebras',
    keyVariable: 'CEREBRAS_API_KEY',
    baseUrl: 'https://api.cerebras.ai/v1',
    priceListId: 'cerebras',
    maxTokensField: 'max_completion_tokens',
    streamUsage: true,
    refusesExtensions: true,
    readsReasoning: true,
  },
  {
    id: 'perplexity',
    keyVariable: 'PERPLEXITY_API_KEY',
    baseUrl: 'https://api.perplexity.ai',
    priceListId: 'perplexity',
    completes: completesNothing,
    maxTokensField: 'max_tokens',
    // Its documents do not name stream_options; every chunk carries the usage so far.
    streamUsage: false,
    listsModels: false,
  },
  {
    id: 'gemini',
    speaks: geminiApi,
    // Its own layer for OpenAI's clients: no safety settings, no pictures in answers.
    compatiblePath: '/openai',
    keyVariable: 'GEMINI_API_KEY',
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta',
    priceListId: 'google',
    maxTokensField: 'max_tokens',
    streamUsage: true,
  },
  {
    // The same models; the address of a project names it and its location, this one is that of express mode.
    id: 'vertex',
    speaks: vertexApi,
    baseUrl: 'https://aiplatform.googleapis.com/v1',
    priceListId: 'google',
    maxTokensField: 'max_tokens',
    streamUsage: true,
    listsModels: false,
  },
  {
    id: 'anthropic',
    speaks: anthropicApi,
    keyVariable: 'ANTHROPIC_API_KEY',
    baseUrlVariable: 'ANTHROPIC_BASE_URL',
    baseUrl: 'https://api.anthropic.com',
    priceListId: 'anthropic',
    maxTokensField: 'max_tokens',
    needsMaxTokens: true,
    streamUsage: false,
  },
  {
    id: 'bedrock',
    speaks: bedrockApi,
    fromEnvironment: bedrockFromEnvironment,
    baseUrl: bedrockUrl('us-east-1'),
    priceListId: 'aws',
    maxTokensField: 'max_tokens',
    streamUsage: false,
    listsModels: false,
  },
  {
    id: 'deepinfra',
    keyVariable: 'DEEPINFRA_API_KEY',
    baseUrl: 'https://api.deepinfra.com/v1/openai',
    maxTokensField: 'max_tokens',
    streamUsage: true,
  },
  {
    id: 'nvidia',
    keyVariable: 'NVIDIA_API_KEY',
    baseUrl: 'https://integrate.api.nvidia.com/v1',
    maxTokensField: 'max_tokens',
    streamUsage: true,
    refusesExtensions: true,
  },
  {
    id: 'huggingface',
    keyVariable: 'HF_TOKEN',
    baseUrl: 'https://router.huggingface.co/v1',
    completes: completesNothing,
    maxTokensField: 'max_tokens',
    streamUsage: true,
  },
  {
    id: 'cohere',
    speaks: cohereApi,
    keyVariable: 'COHERE_API_KEY',
    baseUrl: 'https://api.cohere.com',
    priceListId: 'cohere',
    maxTokensField: 'max_tokens',
    // It tells the usage unasked.
    streamUsage: false,
  },
  {
    // Embeddings and rerank.
    id: 'jina',
    keyVariable: 'JINA_API_KEY',
    baseUrl: 'https://api.jina.ai/v1',
    maxTokensField: 'max_tokens',
    streamUsage: true,
    listsModels: false,
  },
  {
    // Embeddings and rerank.
    id: 'voyage',
    keyVariable: 'VOYAGE_API_KEY',
    baseUrl: 'https://api.voyageai.com/v1',
    priceListId: 'voyageai',
    fit: fitVoyage,
    maxTokensField: 'max_tokens',
    streamUsage: true,
    listsModels: false,
  },
  local('ollama', 11434),
  local('vllm', 8000),
  local('lmstudio', 1234),
  local('llamacpp', 8080),
  { id: 'compatible', maxTokensField: 'max_tokens', streamUsage: true },
]

/** Every kind of provider that is known by name, and `compatible` for all that look like OpenAI. To add one, add its row. */
export const dialects: ReadonlyMap<string, Dialect> = new Map(rows.map((row) => [row.id, row]))
