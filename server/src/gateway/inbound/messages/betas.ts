/** `anthropic-beta`: names, separated by commas, of what a client wants of Anthropic before it is everybody's. */

/** What has become part of the API, and is done here without being asked for by this name. */
const settled: ReadonlySet<string> = new Set([
  'effort-2025-11-24',
  'extended-cache-ttl-2025-04-11',
  'max-tokens-3-5-sonnet-2024-07-15',
  'messages-2023-12-15',
  'pdfs-2024-09-25',
  'prompt-caching-2024-07-31',
  'structured-outputs-2025-11-13',
  'token-counting-2024-11-01',
  'tools-2024-04-04',
  'tools-2024-05-16',
])

const namesMax = 30
const nameCharactersMax = 100

/** No beta is passed on: each may change what a call costs, or what of it a provider keeps. */
export function warnOfBetas(header: (name: string) => string | undefined): readonly string[] {
  const names = (header('anthropic-beta') ?? '').split(',').map((name) => name.trim())
  return [...new Set(names)]
    .filter((name) => name !== '' && !settled.has(name))
    .slice(0, namesMax)
    .map((name) => `anthropic-beta ${name.slice(0, nameCharactersMax)} is left out: betas are not passed on`)
}
