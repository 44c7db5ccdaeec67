import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'

const root = join(import.meta.dirname, '..', '..')
const requireHere = createRequire(import.meta.url)

/** The contracts that code of ours deploys or calls, and the folder of their artifacts. */
const published: readonly { readonly source: string; readonly folder: string }[] = [
  { source: 'contracts/src/CreditCheckout.sol', folder: 'contracts/artifacts' },
  { source: 'contracts/src/ForwarderFactory.sol', folder: 'contracts/artifacts' },
  { source: 'contracts/dev/TestUSDC.sol', folder: 'contracts/dev/artifacts' },
  { source: 'contracts/dev/NoReturnToken.sol', folder: 'contracts/dev/artifacts' },
  { source: 'contracts/dev/TestFeed.sol', folder: 'contracts/dev/artifacts' },
]

type Compiled = { readonly abi: readonly unknown[]; readonly evm: { readonly bytecode: { readonly object: string } } }
type Output = {
  readonly errors?: readonly { readonly errorCode: string; readonly formattedMessage: string }[]
  readonly contracts: Readonly<Record<string, Readonly<Record<string, Compiled>>>>
}
type Compiler = { readonly version: () => string; readonly compile: (input: string) => string }

/**
 * What the compiler is asked, complete in itself: explorers verify a deployed contract by the same JSON. The bytecode
 * carries no hash of the sources' text, so that a comment changes neither it nor the addresses that follow from it.
 */
export function compilerInput(): string {
  const sources: Record<string, { content: string }> = {}
  const add = (name: string): void => {
    if (sources[name]) return
    const content = readFileSync(pathOf(name), 'utf8')
    sources[name] = { content }
    for (const [, imported = ''] of content.matchAll(/^import[^'"]*["']([^'"]+)["'];/gm)) {
      add(imported.startsWith('.') ? join(dirname(name), imported) : imported)
    }
  }
  for (const folder of ['contracts/src', 'contracts/dev']) {
    for (const file of readdirSync(join(root, folder)).toSorted()) if (file.endsWith('.sol')) add(`${folder}/${file}`)
  }
  return JSON.stringify({
    language: 'Solidity',
    sources,
    settings: {
      evmVersion: 'cancun',
      optimizer: { enabled: true, runs: 1_000 },
      metadata: { bytecodeHash: 'none', appendCBOR: false },
      outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } },
    },
  })
}

/** Sources of packages are named as they are imported; ours by their path from the root. */
function pathOf(name: string): string {
  return name.startsWith('@') ? requireHere.resolve(name) : join(root, name)
}

/** The version of the compiler that is installed; reading it does not load it, which takes a second. */
export function compilerVersion(): string {
  const { version } = requireHere('solc/package.json') as { version: string }
  return version
}

/** Said of every use of transient storage, as of OpenZeppelin's reentrancy guard, which clears it as the warning asks. */
const transientStorageWarning = '2394'

/** Compiles everything; gives the files that there should be, by their path from the root. Warnings are failures. */
export function compileContracts(input: string): ReadonlyMap<string, string> {
  const solc = requireHere('solc') as Compiler
  const output = JSON.parse(solc.compile(input)) as Output
  const complaints = (output.errors ?? [])
    .filter(({ errorCode }) => errorCode !== transientStorageWarning)
    .map(({ formattedMessage }) => formattedMessage)
  if (complaints.length > 0) throw new Error(complaints.join('\n'))
  return new Map(
    published.map(({ source, folder }) => {
      const name = basename(source, '.sol')
      const compiled = output.contracts[source]?.[name]
      if (!compiled) throw new Error(`${source} has no contract ${name}`)
      return [`${folder}/${kebab(name)}.ts`, artifactText(source, name, compiled)]
    }),
  )
}

function artifactText(source: string, name: string, { abi, evm }: Compiled): string {
  const constant = name.charAt(0).toLowerCase() + name.slice(1)
  const entries = abi.map((entry) => `  ${JSON.stringify(entry)},\n`).join('')
  return [
    `// Written by \`npm run contracts\` from ${source}; not to be edited.`,
    `export const ${constant}Abi = [\n${entries}] as const`,
    '',
    `export const ${constant}Bytecode = '0x${evm.bytecode.object}'`,
    '',
  ].join('\n')
}

const kebab = (name: string): string => name.replaceAll(/([a-z])([A-Z])/g, '$1-$2').toLowerCase()
