import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'

/** How a body may stand on the wire, the smallest first. */
export const encodings = ['br', 'gzip', 'identity'] as const

export type Encoding = (typeof encodings)[number]

export type SiteFile = {
  readonly type: string
  /** Changes whenever the content does. */
  readonly tag: string
  /** Whether its name changes with its content, so that it may be kept for ever. */
  readonly isHashed: boolean
  readonly bodies: { readonly identity: Uint8Array<ArrayBuffer> } & Partial<Record<Encoding, Uint8Array<ArrayBuffer>>>
}

/** By the path of their URL; the page itself is `/index.html`. */
export type SiteFiles = ReadonlyMap<string, SiteFile>

export type FilesRead =
  | { readonly kind: 'read'; readonly files: SiteFiles }
  | { readonly kind: 'unusable'; readonly why: string }

const filesMax = 2_000
const bytesMax = 32 * 1_048_576

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.txt': 'text/plain; charset=utf-8',
}

/** Reads a build: files of known types, with what was compressed beside them (`app.js.br`). Links are not followed. */
export async function readFiles(directory: string): Promise<FilesRead> {
  const paths = await listFiles(directory)
  if (!paths.includes('/index.html')) return { kind: 'unusable', why: `there is no build in ${directory}` }
  if (paths.length > filesMax) return { kind: 'unusable', why: `${directory} has more than ${filesMax} files` }
  const sizes = await Promise.all(paths.map(async (path) => (await stat(directory + path)).size))
  const bytes = sizes.reduce((sum, size) => sum + size, 0)
  if (bytes > bytesMax) return { kind: 'unusable', why: `${directory} has more than ${bytesMax / 1_048_576} MiB` }
  const contents = new Map(
    await Promise.all(paths.map(async (path) => [path, new Uint8Array(await readFile(directory + path))] as const)),
  )
  return { kind: 'read', files: new Map(paths.flatMap((path) => fileAt(path, contents))) }
}

async function listFiles(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map(({ parentPath, name }) => `/${relative(directory, join(parentPath, name)).split(sep).join('/')}`)
}

function fileAt(path: string, contents: ReadonlyMap<string, Uint8Array<ArrayBuffer>>): [string, SiteFile][] {
  const type = types[extname(path)]
  const identity = contents.get(path)
  if (type === undefined || identity === undefined) return []
  const [br, gzip] = [contents.get(`${path}.br`), contents.get(`${path}.gz`)]
  return [
    [
      path,
      siteFile({ type, isHashed: path.startsWith('/assets/'), identity, ...(br && { br }), ...(gzip && { gzip }) }),
    ],
  ]
}

/** A file with its tag. */
export function siteFile({
  type,
  isHashed,
  ...bodies
}: Pick<SiteFile, 'type' | 'isHashed'> & SiteFile['bodies']): SiteFile {
  return { type, isHashed, bodies, tag: createHash('sha256').update(bodies.identity).digest('base64url').slice(0, 27) }
}
