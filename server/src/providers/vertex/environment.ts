import { isObject, parseJson } from '../../core/json.ts'
import type { ProviderSettings } from '../types.ts'
import { readCredentials } from './credentials.ts'

export type FoundVertex =
  | { readonly kind: 'found'; readonly settings: ProviderSettings }
  | { readonly kind: 'absent' }
  /** `why` never holds a part of the key. */
  | { readonly kind: 'unusable'; readonly why: string }

/** The variables that Google's own libraries read. */
const vertexVariables = {
  keyFile: 'GOOGLE_APPLICATION_CREDENTIALS',
  project: 'GOOGLE_CLOUD_PROJECT',
  location: 'GOOGLE_CLOUD_LOCATION',
} as const

/**
 * Vertex AI by the variables that Google's own libraries read. The key file alone does not mean it, for it may be there for
 * any other service of Google: the location has to be named. The project may stand in the key file.
 */
export async function vertexFromEnvironment(
  variables: Readonly<Record<string, string | undefined>>,
  readText: (path: string) => Promise<string>,
): Promise<FoundVertex> {
  const path = variables[vertexVariables.keyFile]?.trim() || undefined
  const location = variables[vertexVariables.location]?.trim() || undefined
  if (path === undefined || location === undefined) return { kind: 'absent' }
  const apiKey = await readText(path).catch(() => undefined)
  if (apiKey === undefined) return unusable(`the file of ${vertexVariables.keyFile} cannot be read`)
  const credentials = readCredentials(apiKey)
  if (credentials.kind === 'refused') return unusable(credentials.why)
  const project = variables[vertexVariables.project]?.trim() || projectOf(apiKey)
  if (project === undefined) return unusable(`${vertexVariables.project} is not set`)
  if (![project, location].every((name) => /^[a-z0-9][a-z0-9.:-]*$/.test(name)))
    return unusable(`${vertexVariables.project} or ${vertexVariables.location} is no name of Google Cloud`)
  const baseUrl = vertexBaseUrl(project, location)
  return { kind: 'found', settings: { name: 'vertex', dialect: 'vertex', baseUrl, apiKey, allowPrivate: false } }
}

const unusable = (why: string): FoundVertex => ({ kind: 'unusable', why })

function projectOf(keyFile: string): string | undefined {
  const file = parseJson(keyFile)
  const project = isObject(file) ? (file['project_id'] ?? file['quota_project_id']) : undefined
  return typeof project === 'string' ? project : undefined
}

/** The location `global` has no host of its own. */
function vertexBaseUrl(project: string, location: string): string {
  const host = location === 'global' ? 'aiplatform.googleapis.com' : `${location}-aiplatform.googleapis.com`
  return `https://${host}/v1/projects/${project}/locations/${location}`
}
