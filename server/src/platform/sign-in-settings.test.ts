import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { toCredits } from '../core/money.ts'
import { readConfig } from './config.ts'

function problemsOf(variables: Record<string, string>): readonly string[] {
  const read = readConfig(variables)
  return read.kind === 'invalid' ? read.problems : []
}

function settingsOf(variables: Record<string, string>) {
  const read = readConfig(variables)
  ok(read.kind === 'read', read.kind === 'invalid' ? read.problems.join('\n') : '')
  return read.config
}

test('without settings anybody may come, codes go by the operator, and nobody is given credits', () => {
  const { signIn, publicUrl } = settingsOf({})
  deepEqual([signIn.signUp, signIn.mail, signIn.welcomeCredits, signIn.chains.size], ['open', undefined, 0n, 0])
  equal(publicUrl, undefined)
})

test('settings of sign-in are read', () => {
  const { signIn, publicUrl } = settingsOf({
    REDPILL_PUBLIC_URL: 'https://RedPill.example/',
    REDPILL_SIGN_UP: 'off',
    REDPILL_WELCOME_CREDITS: '1000.5',
    REDPILL_SIGN_IN_RPC_URLS: '1=https://eth.example/v2/key, 8453=http://127.0.0.1:8545',
    REDPILL_SMTP_URL: 'smtps://user:pass@mail.example',
    REDPILL_MAIL_FROM: 'RedPill <redpill@mail.example>',
  })
  equal(publicUrl, 'https://redpill.example')
  equal(toCredits(signIn.welcomeCredits), '1000.5')
  deepEqual(
    [...signIn.chains],
    [
      [1, 'https://eth.example/v2/key'],
      [8453, 'http://127.0.0.1:8545/'],
    ],
  )
  equal(signIn.mail?.from, 'RedPill <redpill@mail.example>')
})

test('a client of another site needs its secret, and the other way round', () => {
  for (const site of ['GITHUB', 'GOOGLE']) {
    const [id, secret] = [`REDPILL_${site}_CLIENT_ID`, `REDPILL_${site}_CLIENT_SECRET`]
    deepEqual(problemsOf({ [id]: 'x' }), [`${secret} must be set where ${id} is`])
    deepEqual(problemsOf({ [secret]: 'x' }), [`${id} must be set where ${secret} is`])
    deepEqual(problemsOf({ [id]: 'x', [secret]: 'y' }), [])
  }
})

test('what cannot be is refused, by name and without its value', () => {
  const wrong: Record<string, string> = {
    REDPILL_PUBLIC_URL: 'https://redpill.example/console',
    REDPILL_SIGN_UP: 'perhaps',
    REDPILL_WELCOME_CREDITS: '-1',
    REDPILL_SIGN_IN_RPC_URLS: 'https://eth.example/secret',
    REDPILL_SMTP_URL: 'imap://own.example',
    REDPILL_MAIL_FROM: 'nobody',
  }
  for (const [name, value] of Object.entries(wrong)) {
    const problems = problemsOf({ [name]: value })
    ok(problems.length > 0 && problems.every((problem) => problem.startsWith(name)), `${name}: ${problems.join('; ')}`)
    ok(problems.every((problem) => !problem.includes(value)))
  }
  for (const value of [
    'redpill.example',
    'ftp://redpill.example',
    'https://a@redpill.example',
    'https://redpill.example/?x',
  ])
    equal(problemsOf({ REDPILL_PUBLIC_URL: value }).length, 1, value)
  const metadata = problemsOf({ REDPILL_SIGN_IN_RPC_URLS: '1=http://169.254.169.254/latest' })
  equal(metadata.length, 1, 'where clouds keep their secrets')
})
