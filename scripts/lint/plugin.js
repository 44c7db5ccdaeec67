/**
 * Rules of this house that oxlint does not bring: import borders, SQL only in stores, time and chance as arguments,
 * names that say something, and tests that are all known before the first one runs. .oxlintrc.json says where each
 * applies; plugin.test.js shows each one catching.
 */
import { basename } from 'node:path'
import { borderCrossed } from './borders.js'
import { placeOf } from './where.js'

/**
 * The few things that these rules read of a syntax node.
 * @typedef {{ type: string, name?: string, value?: unknown, source?: Node, callee?: Node, tag?: Node, object?: Node,
 *   property?: Node, imported?: Node, specifiers?: Node[], arguments?: Node[], argument?: Node, parent?: Node,
 *   range?: [number, number], await?: boolean }} Node
 * @typedef {{ filename: string, report: (finding: { node: Node, message: string }) => void }} Context
 */

const borders = {
  /** @param {Context} context */
  create(context) {
    /** @param {Node} node */
    const check = (node) => {
      if (typeof node.source?.value !== 'string') return
      const message = borderCrossed(context.filename, node.source.value)
      if (message) context.report({ node, message })
    }
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
    }
  },
}

const queryVerbs = new Set([
  'selectFrom',
  'insertInto',
  'updateTable',
  'deleteFrom',
  'mergeInto',
  'executeQuery',
  'query',
])

const sqlInStore = {
  /** @param {Context} context */
  create(context) {
    const place = placeOf(context.filename)
    if (!place || place.area !== 'server/src/' || place.isTest) return {}
    if (place.feature === 'platform' && place.inFeature.startsWith('database')) return {}
    if (/(^|\/)store(\.ts$|\/)/.test(place.inFeature)) return {}
    const message = 'SQL stands in store.ts or store/ of its feature'
    return {
      /** @param {Node} node */
      TaggedTemplateExpression(node) {
        if (node.tag?.name === 'sql' || node.tag?.object?.name === 'sql') context.report({ node, message })
      },
      /** @param {Node} node */
      CallExpression(node) {
        const { object, property } = node.callee ?? {}
        // A Hono request's query parameters are no SQL.
        if (property?.name === 'query' && (object?.property?.name === 'req' || object?.name === 'req')) return
        if (queryVerbs.has(property?.name ?? '')) context.report({ node, message })
      },
    }
  },
}

/** @type {Record<string, string[]>} */
const ambient = {
  Date: ['now'],
  Math: ['random'],
  performance: ['now'],
  crypto: ['randomUUID', 'getRandomValues', 'randomBytes', 'randomInt'],
  process: ['env', 'hrtime'],
  Temporal: ['Now'],
}
const cryptoNames = [
  'randomUUID',
  'getRandomValues',
  'randomBytes',
  'randomInt',
  'randomFillSync',
  'randomFill',
  'webcrypto',
]

const noAmbient = {
  /** @param {Context} context */
  create(context) {
    /** @param {Node} node @param {string} what */
    const report = (node, what) =>
      context.report({
        node,
        message: `${what}: time, chance and the environment are arguments; only the entry file has them`,
      })
    return {
      /** @param {Node} node */
      MemberExpression(node) {
        const owner = node.object?.name ?? ''
        const name = node.property?.name ?? ''
        if (Object.hasOwn(ambient, owner) && ambient[owner]?.includes(name)) report(node, `${owner}.${name}`)
      },
      /** @param {Node} node */
      NewExpression(node) {
        if (node.callee?.name === 'Date' && node.arguments?.length === 0) report(node, 'new Date()')
      },
      /** @param {Node} node */
      ImportDeclaration(node) {
        const source = String(node.source?.value)
        const banned = {
          'node:crypto': cryptoNames,
          'node:process': ['env', 'hrtime'],
          'node:perf_hooks': ['performance'],
        }
        const names = Object.entries(banned).find(([from]) => from === source)?.[1] ?? []
        for (const { imported } of node.specifiers ?? [])
          if (names.includes(imported?.name ?? '')) report(node, `${imported?.name} of ${source}`)
      },
    }
  },
}

const emptyNames = /(^|[-.])(utils?|helpers?|managers?|services?|common|misc|stuff)([-.]|$)/

const fileNames = {
  /** @param {Context} context */
  create(context) {
    return {
      /** @param {Node} node */
      Program(node) {
        const path = context.filename.replaceAll('\\', '/').split('/').slice(-3)
        const bad = [...path.slice(0, -1), basename(context.filename)].find((name) => emptyNames.test(name))
        if (bad) context.report({ node, message: `"${bad}" says nothing: name the file after what it holds` })
      },
    }
  },
}

const testNames = new Set(['test', 'suite', 'describe', 'it'])
const functions = ['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']
const loops = new Set(['ForStatement', 'ForOfStatement', 'ForInStatement', 'WhileStatement'])

/**
 * node:test ends a file as soon as no test that it knows of is left: while the module awaits something between two
 * tests, the first may pass and the hooks of the end take away what the second stands on.
 */
const testsTogether = {
  /** @param {Context} context */
  create(context) {
    let firstTestAt = Infinity
    /** @type {Node[]} */
    const awaits = []
    let depth = 0
    const enter = () => {
      depth++
    }
    const leave = () => {
      depth--
    }
    const inside = Object.fromEntries(
      functions.flatMap((name) => [
        [name, enter],
        [`${name}:exit`, leave],
      ]),
    )
    /** Where the outermost loop around it begins, for in its next round everything in it comes later. @param {Node} node */
    const beginningOf = (node) => {
      let at = node.range?.[0] ?? 0
      for (let up = node.parent; up; up = up.parent) if (loops.has(up.type)) at = up.range?.[0] ?? at
      return at
    }
    const noticed = (/** @type {Node} */ node) => {
      if (depth === 0) awaits.push(node)
    }
    return {
      ...inside,
      /** @param {Node} node */
      CallExpression(node) {
        if (testNames.has(node.callee?.name ?? '')) firstTestAt = Math.min(firstTestAt, beginningOf(node))
      },
      AwaitExpression: noticed,
      /** @param {Node} node */
      ForOfStatement(node) {
        if (node.await) noticed(node)
      },
      'Program:exit'() {
        for (const node of awaits)
          if ((node.range?.[0] ?? 0) > firstTestAt)
            context.report({ node, message: 'await before the first test: node:test may end the file meanwhile' })
      },
    }
  },
}

export default {
  meta: { name: 'redpill' },
  rules: {
    borders,
    'sql-in-store': sqlInStore,
    'no-ambient': noAmbient,
    'file-names': fileNames,
    'tests-together': testsTogether,
  },
}
