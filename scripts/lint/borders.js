import { dirname, resolve } from 'node:path'
import { placeOf } from './where.js'

/**
 * Who may import whom in server/src. Files that stand above the features (main.ts, app.ts) may import every door.
 * @type {Record<string, string>}
 */
const mayImport = {
  core: '',
  platform: 'core',
  providers: 'core platform',
  confidential: 'core platform',
  credits: 'core platform',
  accounts: 'core platform credits',
  mails: 'core platform accounts',
  limits: 'core platform accounts',
  catalog: 'core platform credits accounts',
  router: 'core platform credits accounts catalog providers',
  gateway: 'core platform credits accounts limits catalog router providers confidential',
  payments: 'core platform credits accounts mails',
  network: 'core platform credits accounts catalog',
  webhooks: 'core platform credits accounts mails',
  site: 'core platform',
  api: 'core platform credits accounts mails limits catalog router providers confidential gateway payments network webhooks',
  process:
    'core platform credits accounts mails limits catalog router providers confidential gateway payments network webhooks site api app.ts',
}

/**
 * The same for console/src, whose rooms have no doors. Files above them (main.tsx, router.tsx) may import all.
 * @type {Record<string, string>}
 */
const consoleMayImport = {
  lib: '',
  api: 'lib',
  ui: 'lib',
  parts: 'ui api lib',
  frame: 'parts ui api lib',
  pages: 'parts ui api lib',
  routes: 'pages frame api lib',
}

/** Rooms without a single door: each of their files (or folders with an index.ts) is one. */
const open = new Set(['core', 'platform'])

/**
 * The sentence to report for one import, or undefined when it is allowed.
 * @param {string} filename the importing file, absolute
 * @param {string} specifier as written in the import
 * @returns {string | undefined}
 */
export function borderCrossed(filename, specifier) {
  const from = placeOf(filename)
  if (!from || from.area === 'server/test/') return undefined
  if (!specifier.startsWith('.')) return foreignImport(from, specifier)
  if (from.area === 'console/src/') return withinConsole(from, placeOf(resolve(dirname(filename), specifier)))
  const to = placeOf(resolve(dirname(filename), specifier))
  if (!to || (to.area === from.area && to.feature === from.feature)) {
    return to?.isTest && !from.isTest ? 'shipped code must not import test code' : undefined
  }
  if (to.isTest) return from.isTest || from.area === 'bench/' ? undefined : 'shipped code must not import test code'
  if (to.area !== 'server/src/') return from.area === 'server/src/' ? outOfServer(from, to) : undefined
  return (
    throughDoor(to) ??
    (from.isTest || from.area !== 'server/src/' ? undefined : upward(from.feature, to.feature || to.inFeature))
  )
}

/** Interfaces of contracts are what they are, for whoever calls them. @param {import('./where.js').Place | undefined} to */
const isArtifact = (to) => to?.area === 'contracts/' && to.feature === 'artifacts'

/** @param {import('./where.js').Place} from @param {import('./where.js').Place} to */
function outOfServer(from, to) {
  if (isArtifact(to)) return undefined
  if (from.isTest && (to.area === 'contracts/' || to.area === 'dev/')) return undefined
  return `the server must not import ${to.area}`
}

/** @param {import('./where.js').Place} from @param {import('./where.js').Place | undefined} to */
function withinConsole(from, to) {
  if (isArtifact(to)) return undefined
  if (to?.area !== 'console/src/')
    return 'the console imports nothing but its own files, packages and contracts/artifacts'
  if (to.isTest && !from.isTest) return 'shipped code must not import test code'
  const pageOf = (/** @type {import('./where.js').Place} */ place) => place.inFeature.split('/')[0]
  if (from.feature === 'pages' && to.feature === 'pages')
    return pageOf(from) === pageOf(to)
      ? undefined
      : 'a page must not import another page: what both need stands in parts, ui, api or lib'
  return from.feature === to.feature ? undefined : upward(from.feature, to.feature, consoleMayImport)
}

/** @param {import('./where.js').Place} from @param {string} specifier */
function foreignImport(from, specifier) {
  if (from.area !== 'server/src/' || from.isTest) return undefined
  if (from.feature === 'core') return `core imports nothing, not even ${specifier}`
  if (specifier === 'pg' && !from.inFeature.startsWith('database')) return 'only platform/database may import pg'
  return undefined
}

/** @param {import('./where.js').Place} to */
function throughDoor({ feature, inFeature }) {
  if (feature === '' || inFeature === 'index.ts') return undefined
  if (!open.has(feature)) return `import ${feature} through ${feature}/index.ts`
  if (!inFeature.includes('/') || /^[^/]+\/index\.ts$/.test(inFeature)) return undefined
  return `import ${feature}/${dirname(inFeature)} through its index.ts`
}

/** @param {string} from @param {string} to */
function upward(from, to, table = mayImport) {
  if (from === '') return undefined
  const allowed = Object.hasOwn(table, from) ? table[from] : undefined
  if (allowed === undefined) return `${from} is not in the table of scripts/lint/borders.js: add its line`
  if (allowed.split(' ').includes(to)) return undefined
  return `${from} must not import ${to}; it may import ${allowed || 'nothing'}`
}
