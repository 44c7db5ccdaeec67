import type { Modality } from '../types.ts'

/** What a model reads and writes, as far as its name tells: price lists do not say. The operator can correct it. */
export type Abilities = { readonly input: readonly Modality[]; readonly output: readonly Modality[] }

const reranks = /rerank/
const moderates = /moderation/
const embeds = /embed|\bbge-|\be5-|\bgte-|minilm|voyage-/
const hears = /audio|voxtral|gemini-[2-9]/
const sees =
  /gpt-4o|gpt-4\.1|gpt-4-turbo|gpt-[5-9]|\bo[134]\b|claude-(3|[4-9]|opus|sonnet|haiku|fable)|gemini|gemma-?[34]|pixtral|llama-?4|llava|vision|-vl\b|grok-[4-9]/

export function abilitiesOf(upstreamModel: string): Abilities {
  const name = upstreamModel.toLowerCase()
  if (reranks.test(name)) return { input: ['text'], output: ['rerank'] }
  if (moderates.test(name))
    return { input: name.includes('omni') ? ['text', 'image'] : ['text'], output: ['moderation'] }
  if (embeds.test(name)) return { input: ['text'], output: ['embeddings'] }
  const input: Modality[] = ['text']
  if (sees.test(name)) input.push('image')
  if (hears.test(name)) input.push('audio')
  return { input, output: ['text'] }
}

/** What an offer with these abilities cannot do. */
export function lacksOf({ output }: Pick<Abilities, 'output'>): Readonly<Record<string, boolean>> {
  const lacking = Object.entries(servedBy).filter(([, modality]) => !output.includes(modality))
  return Object.fromEntries(lacking.map(([endpoint]) => [endpoint, false]))
}

/** What a model has to answer with to serve an endpoint. */
const servedBy: Readonly<Record<string, Modality>> = {
  chat: 'text',
  completions: 'text',
  embeddings: 'embeddings',
  rerank: 'rerank',
  moderations: 'moderation',
}
