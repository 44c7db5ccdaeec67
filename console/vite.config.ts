import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

/** The fonts of the first page are asked for with the document, not after the style sheet. */
const preloadFonts: Plugin = {
  name: 'redpill-preload-fonts',
  transformIndexHtml: {
    order: 'post',
    handler: (_html, { bundle }) =>
      Object.keys(bundle ?? {})
        .filter((file) => file.endsWith('.woff2'))
        .map((file) => ({
          tag: 'link',
          attrs: { rel: 'preload', href: `/${file}`, as: 'font', type: 'font/woff2', crossorigin: '' },
          injectTo: 'head-prepend',
        })),
  },
}

/** What most pages need comes in two files: a dozen small ones pack worse, and the libraries seldom change. */
const groups = [
  { name: 'shared', test: /console\/src\/(ui|lib|parts|api)\/.*\.tsx?$/, minShareCount: 8, priority: 1 },
  { name: 'libraries', test: /node_modules\/(react|react-dom|scheduler|use-sync-external-store|@tanstack)\// },
]

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [react(), preloadFonts],
  build: {
    target: 'es2023',
    // Everything is a file of our origin: the content security policy allows no data: and no inline script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { output: { codeSplitting: { groups } } },
    reportCompressedSize: false,
    sourcemap: false,
  },
  server: {
    host: '127.0.0.1',
    // `npm start` in one terminal, `npx vite console` in another: pages reload as they are edited.
    proxy: { '^/(api|v1)/': { target: process.env['REDPILL_URL'] ?? 'http://127.0.0.1:8787' } },
  },
})
