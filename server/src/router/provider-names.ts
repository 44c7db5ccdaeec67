/** How callers name providers, in `provider.order`, `only` and `ignore`: by their names here, else by OpenRouter's. */
import type { CatalogSnapshot, Offer } from '../catalog/index.ts'

/** OpenRouter's slugs, and the dialects that speak to whom they mean; where both are called the same, none is needed. */
const dialectsOf: Readonly<Record<string, readonly string[]>> = {
  'amazon-bedrock': ['bedrock'],
  google: ['gemini', 'vertex'],
  'google-ai-studio': ['gemini'],
  'google-vertex': ['vertex'],
  openai: ['openai', 'openai-responses'],
  voyageai: ['voyage'],
  'x-ai': ['xai'],
}

/**
 * `together` is all of it, `together/eu-west-1` and `together/fp8` a part. Where no provider is called so, it is OpenRouter's
 * slug or title (`google-vertex`, `Google Vertex`), and means everyone who is called by that provider's API.
 */
export function isNameOf(name: string, { providerName, dialect, facts }: Offer, snapshot: CatalogSnapshot): boolean {
  const [base, part] = snapshot.isProviderName(name) ? [name, undefined] : partedOf(name)
  if (part !== undefined && part !== facts.region && part !== facts.quantization) return false
  const slug = base.toLowerCase().replaceAll(/[\s.]+/g, '-')
  for (const called of [base, slug]) if (snapshot.isProviderName(called)) return called === providerName
  return Object.hasOwn(dialectsOf, slug) ? dialectsOf[slug]!.includes(dialect) : dialect === slug
}

function partedOf(name: string): readonly [base: string, part: string | undefined] {
  const at = name.lastIndexOf('/')
  return at === -1 ? [name, undefined] : [name.slice(0, at), name.slice(at + 1)]
}
