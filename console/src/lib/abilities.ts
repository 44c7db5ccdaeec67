/** What a model can be asked for, by the field of a request that asks it. */
export const abilities = {
  tools: 'Tools',
  response_format: 'JSON mode',
  structured_outputs: 'JSON schema',
  reasoning: 'Reasoning',
  reasoning_effort: 'Reasoning effort',
  logprobs: 'Token probabilities',
  seed: 'Seed',
  web_search_options: 'Web search',
} as const satisfies Record<string, string>

export const abilityName = (name: string): string => (abilities as Record<string, string>)[name] ?? name

const modalities: Record<string, string> = {
  text: 'Text',
  image: 'Images',
  audio: 'Audio',
  file: 'Files',
  embeddings: 'Embeddings',
  rerank: 'Ranking',
  moderation: 'Moderation',
}

export const modalityName = (name: string): string => modalities[name] ?? name
