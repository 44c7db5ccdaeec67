import type { AddCommand } from '../session.ts'

type SignInLink = { readonly data: { readonly url: string; readonly expires_at: string } }

export const addConsole: AddCommand = (program, open) => {
  program
    .command('console')
    .description('print a link that signs you in to the console, once, within 24 hours (needs the operator)')
    .action(async (_options, command) => {
      const { client, terminal, json } = await open(command)
      const { data } = await client('management').send<SignInLink>('POST', '/api/v1/sign-in/links', { body: {} })
      terminal.print(json ? JSON.stringify(data, null, 2) : data.url)
    })
}
