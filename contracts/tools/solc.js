#!/usr/bin/env node
/**
 * What forge takes for a `solc` program: standard JSON in, standard JSON out, by the package `solc` (WebAssembly), so
 * that nothing is downloaded.
 */
import { createRequire } from 'node:module'
import { text } from 'node:stream/consumers'

const solc = createRequire(import.meta.url)('solc')

if (process.argv.includes('--version')) {
  const version = solc.version().replace('.Emscripten.clang', '.Linux.g++')
  process.stdout.write(`solc, the solidity compiler commandline interface\nVersion: ${version}\n`)
} else {
  process.stdout.write(solc.compile(await text(process.stdin)))
}
