import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { constants, zstdCompress, zstdDecompress } from 'node:zlib'

/** A folder as data. Paths are relative, folders come before what is in them. */
export type Archive = { readonly folders: readonly string[]; readonly files: ReadonlyMap<string, Buffer> }

type Index = { readonly folders: readonly string[]; readonly files: readonly (readonly [path: string, size: number])[] }

const indexSizeBytes = 4

/** Reads a folder, but for the files that `skip` names. */
export async function readArchive(folder: string, skip: (path: string) => boolean): Promise<Archive> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.map((entry) => ({ entry, path: relative(folder, join(entry.parentPath, entry.name)) }))
  const sorted = paths.toSorted((a, b) => (a.path < b.path ? -1 : 1))
  const files = new Map<string, Buffer>()
  for (const { entry, path } of sorted) {
    if (entry.isFile() && !skip(path)) files.set(path, await readFile(join(folder, path)))
  }
  return { folders: sorted.filter(({ entry }) => entry.isDirectory()).map(({ path }) => path), files }
}

/** One compressed piece: the size of an index, the index as JSON, and the contents of the files in its order. */
export async function packArchive({ folders, files }: Archive): Promise<Buffer> {
  const index: Index = { folders, files: [...files].map(([path, content]) => [path, content.length]) }
  const head = Buffer.from(JSON.stringify(index))
  const size = Buffer.alloc(indexSizeBytes)
  size.writeUInt32LE(head.length)
  return promisify(zstdCompress)(Buffer.concat([size, head, ...files.values()]), {
    params: {
      [constants.ZSTD_c_compressionLevel]: 19,
      [constants.ZSTD_c_windowLog]: 26, // Most files are there once for each database: the window must span them all.
      [constants.ZSTD_c_enableLongDistanceMatching]: 1,
      [constants.ZSTD_c_checksumFlag]: 1,
    },
  })
}

export async function unpackArchive(packed: Buffer): Promise<Archive> {
  const data = await promisify(zstdDecompress)(packed)
  let at = indexSizeBytes + data.readUInt32LE()
  const index = JSON.parse(data.subarray(indexSizeBytes, at).toString()) as Index
  const files = new Map(index.files.map(([path, size]) => [path, data.subarray(at, (at += size))]))
  return { folders: index.folders, files }
}
