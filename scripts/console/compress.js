import { readFileSync, writeFileSync } from 'node:fs'
import { extname } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { listFiles } from './sources.js'

const compressible = new Set(['.html', '.js', '.css', '.svg', '.json', '.txt', '.webmanifest'])
/** Below it, headers weigh more than what is saved. */
const bytesMin = 512

/** Writes `name.br` and `name.gz` beside each file that they make smaller, as small as they get. @param {string} folder */
export function compressFiles(folder) {
  for (const path of listFiles(folder)) {
    if (!compressible.has(extname(path))) continue
    const content = readFileSync(path)
    if (content.length < bytesMin) continue
    const hint = { [constants.BROTLI_PARAM_SIZE_HINT]: content.length }
    writeFileSync(`${path}.br`, brotliCompressSync(content, { params: hint }))
    writeFileSync(`${path}.gz`, gzipSync(content, { level: constants.Z_BEST_COMPRESSION }))
  }
}
