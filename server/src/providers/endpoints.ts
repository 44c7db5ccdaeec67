/** The calls that a provider serves: OpenAI's by its paths, and the rerank that Cohere, Jina and their look-alikes have. */
export const endpoints = ['chat', 'completions', 'embeddings', 'rerank', 'moderations'] as const
export type Endpoint = (typeof endpoints)[number]

/** Whether answers are written token by token: such calls can be streamed, and cost by what is written. */
export const writesText = (endpoint: Endpoint): endpoint is 'chat' | 'completions' =>
  endpoint === 'chat' || endpoint === 'completions'

/** Whether texts are judged and nothing is made of them: such calls cost by the tokens read, by the request, or by both. */
export const judgesText = (endpoint: Endpoint): boolean => endpoint === 'rerank' || endpoint === 'moderations'
