import type { FirstKeys } from '../accounts/index.ts'

/** What a person sees once the server answers: where it is and, at the first run, how to make the first call. */
export function greeting(url: string, keys: FirstKeys | undefined, bootstrapFile: string): string {
  const lines = [`RedPill answers at ${url}/v1`, '']
  if (!keys) return [...lines, `Keys of the first run: ${bootstrapFile}`, 'Press Ctrl-C to stop.', '', ''].join('\n')
  return [
    ...lines,
    'This was the first run. Two keys were made; they are shown once, and kept in',
    `${bootstrapFile} (readable by you alone):`,
    '',
    `  demo key      ${keys.demoKey}   10,000,000 credits`,
    `  operator key  ${keys.operatorKey}   for the management API`,
    '',
    'Make the first call:',
    '',
    `  curl ${url}/v1/chat/completions \\`,
    `    -H 'Authorization: Bearer ${keys.demoKey}' \\`,
    `    -H 'Content-Type: application/json' \\`,
    `    -d '{"model":"local/nano","messages":[{"role":"user","content":"What is RedPill?"}]}'`,
    '',
    'Press Ctrl-C to stop.',
    '',
    '',
  ].join('\n')
}
