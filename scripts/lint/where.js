/** @typedef {{ area: string, feature: string, inFeature: string, isTest: boolean }} Place */

const areas = ['server/src/', 'server/test/', 'console/src/', 'cli/', 'bench/', 'scripts/', 'contracts/', 'dev/']

/**
 * Where a source file stands in the house: its area (`server/src/`), and inside the server its feature folder
 * (`credits`, or '' for files such as `main.ts` that stand above all features) and its path in there.
 * @param {string} filename an absolute path
 * @returns {Place | undefined} undefined for a file outside every area
 */
export function placeOf(filename) {
  const path = filename.replaceAll('\\', '/')
  for (const area of areas) {
    const at = path.lastIndexOf(`/${area}`)
    if (at < 0) continue
    const rest = path.slice(at + 1 + area.length)
    const slash = rest.indexOf('/')
    const isTest = area === 'server/test/' || /\.test\.tsx?$/.test(rest) || /(^|\/)test\//.test(rest)
    return { area, feature: rest.slice(0, Math.max(slash, 0)), inFeature: rest.slice(slash + 1), isTest }
  }
  return undefined
}
