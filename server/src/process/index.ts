import { openSecrets } from '../platform/secrets.ts'
import { bootstrapFile } from '../platform/config.ts'
import { openDataDirectory, loadSecret } from './data-directory.ts'
import { firstLink, firstRun, noteFound } from './first-run.ts'
import { greeting } from './greeting.ts'
import type { Outside, Running } from './outside.ts'
import { serve, type Served } from './serve.ts'
import { openStorage } from './storage.ts'
import { supervise, type FromGateway, type ToGateway } from './supervise.ts'

export type { Outside, Running } from './outside.ts'
export { isGone, pidSpace } from './pid-space.ts'

/** `npm start`: prepares everything, then serves from this process, or supervises several that do. */
export async function runServer(outside: Outside): Promise<Running> {
  const { config, log, environment } = outside
  const { storage, secrets } = await openBasics(outside)
  try {
    const keys = await firstRun(outside, storage.database, secrets)
    const running =
      config.processes === 1
        ? await serve({ outside, database: storage.database, secrets, sharesPort: false })
        : await supervise({ processes: config.processes, entry: outside.entry, environment, log })
    const { url } = running
    const consoleSignIn = await firstLink(outside, { database: storage.database, secrets, url })
    await noteFound(bootstrapFile(config), { url, consoleSignIn })
    outside.show(greeting({ url, keys, consoleSignIn, bootstrapFile: bootstrapFile(config) }))
    return {
      callsOpen: running.callsOpen,
      async stop() {
        await running.stop()
        await storage.close()
      },
    }
  } catch (error) {
    await storage.close()
    throw error
  }
}

/** One of several gateway processes, started by a supervisor that has prepared everything. */
export async function runGateway(outside: Outside): Promise<Running> {
  const { parent } = outside
  const { storage, secrets } = await openBasics(outside)
  const metricsText = parent ? askSupervisor(parent) : undefined
  const served: Served = await serve({
    outside,
    database: storage.database,
    secrets,
    sharesPort: true,
    ...(metricsText && { metricsText }),
  })
  parent?.onMessage((message: ToGateway) => {
    if (message.kind !== 'metrics-wanted') return
    void served.metrics
      .snapshot()
      .then((snapshot) => parent.send({ kind: 'metrics', id: message.id, snapshot } satisfies FromGateway))
  })
  parent?.send({ kind: 'listening', url: served.url } satisfies FromGateway)
  return {
    callsOpen: served.callsOpen,
    async stop() {
      await served.stop()
      await storage.close()
    },
  }
}

async function openBasics(outside: Outside) {
  const { config, chance, clock, log } = outside
  await openDataDirectory(config.dataDirectory)
  const secrets = openSecrets(await loadSecret(config.dataDirectory, config.secret, chance), chance)
  const storage = await openStorage({ config, clock, log, progress: (message) => log.info(message) })
  return { secrets, storage }
}

/** Asks the supervisor for the metrics of all processes. */
function askSupervisor(parent: NonNullable<Outside['parent']>): () => Promise<string> {
  const waiting = new Map<number, (text: string) => void>()
  let lastId = 0
  parent.onMessage((message: ToGateway) => {
    if (message.kind !== 'metrics-text') return
    waiting.get(message.id)?.(message.text)
    waiting.delete(message.id)
  })
  return () =>
    new Promise((resolve) => {
      const id = ++lastId
      waiting.set(id, resolve)
      parent.send({ kind: 'metrics-wanted', id } satisfies FromGateway)
    })
}
