/** What AWS's own libraries read of the environment, as far as it is enough for Bedrock. */

type Read = (variable: string) => string | undefined

const usualRegion = 'us-east-1'

export function bedrockFromEnvironment(read: Read): { readonly apiKey: string; readonly baseUrl: string } | undefined {
  const region = read('AWS_REGION') ?? read('AWS_DEFAULT_REGION')
  const bearer = read('AWS_BEARER_TOKEN_BEDROCK')
  if (bearer !== undefined) return { apiKey: bearer, baseUrl: bedrockUrl(region ?? usualRegion) }
  const [id, secret, token] = [read('AWS_ACCESS_KEY_ID'), read('AWS_SECRET_ACCESS_KEY'), read('AWS_SESSION_TOKEN')]
  // Keys of AWS may be there for other things: without a region they are not meant for this.
  if (id === undefined || secret === undefined || region === undefined) return undefined
  return { apiKey: [id, secret, ...(token === undefined ? [] : [token])].join(':'), baseUrl: bedrockUrl(region) }
}

export const bedrockUrl = (region: string): string => `https://bedrock-runtime.${region}.amazonaws.com`
