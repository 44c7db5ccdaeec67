/** Azure OpenAI: where its calls go, in the `v1` form of 2025 and in the older one of deployments and dated versions. */

/** The last dated version that was made generally available before there was `v1`. */
const apiVersionUsual = '2024-10-21'

/**
 * Path and query of a call. The base URL may be the bare endpoint of the resource (with `?api-version=` for the older
 * form), end with `/openai/v1`, or with `/openai/deployments/NAME`; the name of the model is that of its deployment.
 */
export function azureAddress(baseUrl: URL, path: string, deployment: string): string {
  const base = baseUrl.pathname.replace(/\/+$/, '')
  const version = baseUrl.searchParams.get('api-version') ?? undefined
  const isDated = version !== undefined && /^\d/.test(version)
  if (/\/deployments\/[^/]+$/.test(base)) return `${base}${path}${queryOf(version ?? apiVersionUsual)}`
  if (base !== '' && !base.endsWith('/openai')) return `${base}${path}${queryOf(version)}`
  const resource = base === '' ? '/openai' : base
  const form = isDated ? `/deployments/${encodeURIComponent(deployment)}` : '/v1'
  return `${resource}${form}${path}${queryOf(version)}`
}

const queryOf = (version: string | undefined): string =>
  version === undefined ? '' : `?api-version=${encodeURIComponent(version)}`
