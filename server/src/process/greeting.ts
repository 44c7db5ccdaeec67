import type { FirstKeys } from '../accounts/index.ts'

export type Greeted = {
  readonly url: string
  /** The keys of the first run, if this was it. */
  readonly keys: FirstKeys | undefined
  /** A link into the console, until somebody came in by one. */
  readonly consoleSignIn: string | null
  readonly bootstrapFile: string
}

/** What a person sees once the server answers: where it is, how to come in and, at the first run, how to make the first call. */
export function greeting({ url, keys, consoleSignIn, bootstrapFile }: Greeted): string {
  const link =
    consoleSignIn === null ? [] : ['Sign in to the console (works once, for 24 hours):', '', `  ${consoleSignIn}`, '']
  const lines = [`RedPill answers at ${url}/v1`, '']
  if (!keys)
    return [...lines, ...link, `Keys of the first run: ${bootstrapFile}`, 'Press Ctrl-C to stop.', '', ''].join('\n')
  return [
    ...lines,
    'This was the first run. Two keys were made; they are shown once, and kept in',
    `${bootstrapFile} (readable by you alone):`,
    '',
    `  demo key      ${keys.demoKey}   10,000,000 credits`,
    `  operator key  ${keys.operatorKey}   for the management API`,
    '',
    ...link,
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
