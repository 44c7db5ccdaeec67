import { readFile } from 'node:fs/promises'
import { awaitsOperator, bootstrap, type FirstKeys, makeOperatorLink, operatorLinkUrl } from '../accounts/index.ts'
import { seedCatalog, type SeedProvider } from '../catalog/index.ts'
import { isObject, parseJson } from '../core/json.ts'
import { bootstrapFile } from '../platform/config.ts'
import type { Database } from '../platform/database/index.ts'
import { consoleOrigin } from '../platform/http/index.ts'
import type { Secrets } from '../platform/secrets.ts'
import {
  dialects,
  localModels,
  probeLoopback,
  providersFromEnvironment,
  vertexFromEnvironment,
} from '../providers/index.ts'
import { writeBootstrapFile, type BootstrapFile } from './bootstrap-file.ts'
import type { Outside } from './outside.ts'

const probeTimeoutMs = 400

/** Makes what a fresh database lacks, and brings the catalog up to what is configured now. Gives the keys it made. */
export async function firstRun(outside: Outside, database: Database, secrets: Secrets): Promise<FirstKeys | undefined> {
  const { config, clock, chance, makeId, log } = outside
  const { db } = database
  const url = `http://${config.host}:${config.port}`
  const made = await bootstrap({ db, secrets, clock, chance, makeId }, (keys) =>
    writeBootstrapFile(bootstrapFile(config), { url, ...keys, consoleSignIn: null }),
  )
  const seeded = await seedCatalog({
    ...{ db, secrets, clock, makeId },
    builtIn: { name: 'local', models: localModels },
    providers: await findProviders(outside),
    loopbackPrice: config.loopbackPrice,
  })
  if (seeded.modelsAdded + seeded.offersAdded + seeded.pricesAdded > 0) {
    log.info('catalog', { models: seeded.modelsAdded, offers: seeded.offersAdded, prices: seeded.pricesAdded })
  }
  for (const name of seeded.providersSkipped)
    log.warn('a provider of the environment is left to the operator', { provider: name })
  return made.kind === 'created' ? made.keys : undefined
}

/** Providers whose keys are in the environment, and model servers that run beside us. */
async function findProviders({ config, environment, clock, log }: Outside): Promise<SeedProvider[]> {
  const vertex = await vertexFromEnvironment(environment, (path) => readFile(path, 'utf8'))
  if (vertex.kind === 'unusable') log.warn('Vertex AI is left out', { why: vertex.why })
  const known = [...providersFromEnvironment(environment), ...(vertex.kind === 'found' ? [vertex.settings] : [])]
  const configured: SeedProvider[] = known.map((settings) => ({ settings }))
  const found = config.discoverLoopback ? await probeLoopback({ clock, timeoutMs: probeTimeoutMs }) : []
  const providers = [...configured, ...found.map(({ settings, models }) => ({ settings, upstreamModels: models }))]
  return providers.map((provider) => {
    const { name, dialect } = provider.settings
    log.info('provider', { provider: name, models: provider.upstreamModels?.length })
    const row = dialects.get(dialect)
    return { ...provider, priceListId: row?.priceListId, serves: row?.serves }
  })
}

/** Where the server is, and how to come in as long as nobody has. */
export type Found = { readonly url: string; readonly consoleSignIn: string | null }

/** Corrects the file of the first run: the port may have been any free one, or a different one since. */
export async function noteFound(path: string, { url, consoleSignIn }: Found): Promise<void> {
  const contents = parseJson(await readFile(path, 'utf8').catch(() => ''))
  if (!isObject(contents) || (contents['url'] === url && contents['consoleSignIn'] === consoleSignIn)) return
  await writeBootstrapFile(path, { ...(contents as unknown as BootstrapFile), url, consoleSignIn })
}

/** A link that signs in as the operator, made at every start until somebody came in; null after that. */
export async function firstLink(outside: Outside, found: { database: Database; secrets: Secrets; url: string }) {
  const { config, clock, chance, makeId } = outside
  const tools = { db: found.database.db, secrets: found.secrets, clock, chance, makeId }
  const origin = config.publicUrl ?? consoleOrigin(found.url)
  if (origin === undefined || !(await awaitsOperator(tools))) return null
  return operatorLinkUrl(origin, (await makeOperatorLink(tools)).token)
}
