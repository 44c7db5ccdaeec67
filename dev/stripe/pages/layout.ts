import { html, type Html } from './html.ts'
import { style } from './style.ts'

export type Page = { readonly title: string; readonly body: Html }

/** A whole document: no script, nothing from elsewhere. */
export function document({ title, body }: Page): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${html`${title}`.html}</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<header class="test-mode"><p><strong>Test mode</strong>: RedPill's Stripe emulator. No real card, no real money.</p></header>
${body.html}
</body>
</html>
`
}

/** A narrow page with one message. */
export const notice = (
  title: string,
  words: string,
  link?: { readonly href: string; readonly words: string },
): Page => ({
  title,
  body: html`<main class="narrow slim">
    <h1>${title}</h1>
    <p>${words}</p>
    ${link && html`<p><a href="${link.href}">${link.words}</a></p>`}
  </main>`,
})
