import type { OpenAuthorization } from './translation.ts'

/** The key in a header of its own, as `x-api-key` or `x-goog-api-key`. */
export const keyInHeader =
  (name: string): OpenAuthorization =>
  ({ apiKey }) => {
    const headers = apiKey === undefined ? [] : [name, apiKey]
    return () => headers
  }

/** The key as a bearer token of RFC 6750. */
export const bearerKey: OpenAuthorization = ({ apiKey }) => {
  const headers = apiKey === undefined ? [] : ['authorization', `Bearer ${apiKey}`]
  return () => headers
}
