import type { Page, SignInCode } from '../answers.ts'
import { shortTime } from '../options.ts'
import type { AddCommand } from '../session.ts'
import { table } from '../table.ts'

export const addCodes: AddCommand = (program, open) => {
  program
    .command('codes')
    .description(
      'list the codes that people wait for to sign in, where no mail server brings them (needs the operator)',
    )
    .action(async (_options, command) => {
      const { client, terminal, json } = await open(command)
      const { data } = await client('management').get<Page<SignInCode>>('/api/v1/sign-in/codes')
      if (json) terminal.print(JSON.stringify({ data }, null, 2))
      else terminal.print(...lines(data))
    })
}

const lines = (codes: readonly SignInCode[]): readonly string[] =>
  table(
    ['e-mail', 'code', 'asked for', 'works until'].map((title) => ({ title })),
    codes.map(({ email, code, created_at: asked, expires_at: until }) => [
      email,
      code,
      shortTime(asked),
      shortTime(until),
    ]),
  )
