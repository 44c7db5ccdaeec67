import { readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Failure, wrongUsage } from './failure.ts'
import type { Outside } from './outside.ts'

/** A key, and where it came from: an error about it says so. */
export type Key = { readonly secret: string; readonly source: string }

/** Where the server is and what opens it. */
export type Connection = {
  readonly url: string
  readonly urlSource: string
  readonly inferenceKey: Key | undefined
  readonly managementKey: Key | undefined
  /** The data directory on this machine, where the server's first run left its keys; it need not exist. */
  readonly dataDirectory: string
}

export type Given = { readonly url?: string | undefined; readonly key?: string | undefined }

const usualUrl = 'http://127.0.0.1:8787'

/**
 * Finds the server and the keys: what was given on the command line goes before the environment, that before the
 * `bootstrap.json` of the data directory.
 */
export async function findConnection(outside: Outside, given: Given): Promise<Connection> {
  const { environment } = outside
  const dataDirectory = await findDataDirectory(outside)
  const file = join(dataDirectory, 'bootstrap.json')
  const left = await readBootstrap(file)
  const keyFrom = (secret: string | undefined, source: string): Key | undefined =>
    secret === undefined || secret === '' ? undefined : { secret, source }
  const givenKey = keyFrom(given.key, '--key')
  const address = [
    { text: given.url, source: '--url' },
    { text: environment['REDPILL_URL'], source: 'REDPILL_URL' },
    { text: left?.url, source: file },
  ].find(({ text }) => text !== undefined && text !== '')
  return {
    url: readUrl(address?.text ?? usualUrl, address?.source ?? ''),
    urlSource: address?.source ?? 'the usual address',
    inferenceKey:
      givenKey ?? keyFrom(environment['REDPILL_API_KEY'], 'REDPILL_API_KEY') ?? keyFrom(left?.demoKey, file),
    managementKey:
      givenKey ??
      keyFrom(environment['REDPILL_OPERATOR_KEY'], 'REDPILL_OPERATOR_KEY') ??
      keyFrom(left?.operatorKey, file),
    dataDirectory,
  }
}

/** The server keeps its data below where it was started: here, or where `npm start` runs it. */
async function findDataDirectory({ environment, cwd, root }: Outside): Promise<string> {
  const given = environment['REDPILL_DATA']
  if (given) return resolve(cwd, given)
  const here = join(cwd, '.redpill')
  const there = join(root, '.redpill')
  return (await isThere(join(here, 'bootstrap.json'))) ? here : there
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

type Bootstrap = { readonly url?: string; readonly operatorKey?: string; readonly demoKey?: string }

async function readBootstrap(file: string): Promise<Bootstrap | undefined> {
  let text: string
  try {
    const { mode } = await stat(file)
    // The server writes it for its owner alone. One that came with somebody's folder is not that one: it could lead
    // keys of the environment to a stranger's address.
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new Failure(`${file} can be read by others, and it holds keys. If it is yours: chmod 600 ${file}`)
    }
    text = await readFile(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    if (code === 'EACCES') throw new Failure(`${file} belongs to another user; give --url and --key`)
    throw error
  }
  const contents = parseObject(text)
  if (!contents) throw new Failure(`${file} is damaged: delete it, and give --url and --key`)
  const textOf = (name: string) => (typeof contents[name] === 'string' ? { [name]: contents[name] } : {})
  return { ...textOf('url'), ...textOf('operatorKey'), ...textOf('demoKey') }
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** Takes a base URL as clients of OpenAI's API know it too: with `/v1` at its end. */
function readUrl(text: string, source: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw wrongUsage(`${source}: '${text}' is not an address such as ${usualUrl}`)
  }
  return (url.origin + url.pathname).replace(/\/+$/, '').replace(/\/v1$/, '')
}
