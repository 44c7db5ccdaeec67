import type { ServerResponse } from 'node:http'
import { document } from './layout.ts'
import type { PageAnswer } from './page-answer.ts'

/** Sends a page, or the browser elsewhere. No script runs, nothing is loaded, forms lead to ourselves and back to the merchant. */
export function sendPage(response: ServerResponse, answer: PageAnswer): void {
  if (answer.kind === 'moved') {
    response.writeHead(303, { location: answer.to }).end()
    return
  }
  if (answer.kind === 'file') {
    response
      .writeHead(200, {
        'content-type': answer.type,
        'content-length': answer.body.length,
        'content-disposition': `inline; filename="${answer.name}"`,
        'x-content-type-options': 'nosniff',
      })
      .end(answer.body)
    return
  }
  // Browsers hold where a form's answer sends them against this policy too.
  const targets = ["'self'", ...(answer.leadsTo ?? []).map((url) => new URL(url).origin)]
  const body = document(answer.page)
  response
    .writeHead(answer.status ?? 200, {
      'content-type': 'text/html; charset=utf-8',
      'content-length': Buffer.byteLength(body),
      'content-security-policy': `default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'; form-action ${targets.join(' ')}`,
      'referrer-policy': 'same-origin',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    .end(body)
}
