import { type SiteFiles, siteFile } from './files.ts'

const html = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <meta name="color-scheme" content="light dark" />
    <title>RedPill: the console is not built</title>
  </head>
  <body>
    <main>
      <h1>The console is not built</h1>
      <p>The gateway works: its API answers under <code>/v1</code>. Its pages are missing.</p>
      <p>Build them in RedPill's folder, then start the server again:</p>
      <pre>npm run build
npm start</pre>
      <p>What went wrong with them stands in what <code>npm run build</code> prints.</p>
    </main>
  </body>
</html>
`

/** In place of the console while there is none. */
export const missingPage: SiteFiles = new Map([
  [
    '/index.html',
    siteFile({ type: 'text/html; charset=utf-8', isHashed: false, identity: new TextEncoder().encode(html) }),
  ],
])
