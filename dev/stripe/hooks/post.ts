import { request } from 'node:http'

const timeoutMs = 10_000
const readMax = 4_096

export type PostOutcome = { readonly status: number | null; readonly problem: string | null }

/** Sends one delivery. Redirects are not followed; who answers late, or not, is told as a problem. */
export function post(url: string, body: string, headers: Readonly<Record<string, string>>): Promise<PostOutcome> {
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(timeoutMs)
    const outgoing = request(url, { method: 'POST', agent: false, signal, headers }, (response) => {
      let size = 0
      response.on('data', (piece: Buffer) => {
        size += piece.length
        if (size > readMax) response.destroy()
      })
      response.once('error', () => undefined)
      response.once('close', () => resolve({ status: response.statusCode ?? null, problem: null }))
    })
    outgoing.once('error', (error) =>
      resolve({ status: null, problem: signal.aborted ? `no answer within ${timeoutMs / 1_000} s` : error.message }),
    )
    outgoing.end(body)
  })
}
