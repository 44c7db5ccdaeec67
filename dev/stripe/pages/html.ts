/** Markup that was escaped: nothing that a request or an object says becomes markup by itself. */
export type Html = { readonly html: string }

type Part = Html | string | number | false | null | undefined | readonly Part[]

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escape = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => escapes[character]!)

function write(part: Part): string {
  if (part === false || part === null || part === undefined) return ''
  if (typeof part === 'string' || typeof part === 'number') return escape(String(part))
  if (Array.isArray(part)) return (part as readonly Part[]).map(write).join('')
  return (part as Html).html
}

export const html = (pieces: TemplateStringsArray, ...parts: readonly Part[]): Html => ({
  html: pieces.map((piece, at) => piece + write(parts[at])).join(''),
})
