/**
 * Rules of this house that oxlint does not bring: import borders, SQL only in stores, time and chance as arguments,
 * and names that say something. .oxlintrc.json says where each applies; plugin.test.js shows each one catching.
 */
import { basename } from 'node:path'
import { borderCrossed } from './borders.js'
import { placeOf } from './where.js'

/**
 * The few things that these rules read of a syntax node.
 * @typedef {{ type: string, name?: string, value?: unknown, source?: Node, callee?: Node, tag?: Node, object?: Node,
 *   property?: Node, imported?: Node, specifiers?: Node[], arguments?: Node[], argument?: Node }} Node
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

export default {
  meta: { name: 'redpill' },
  rules: { borders, 'sql-in-store': sqlInStore, 'no-ambient': noAmbient, 'file-names': fileNames },
}
