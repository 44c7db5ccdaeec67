import { equal, match, ok } from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parseJson } from '../src/core/json.ts'
import { openStage } from './support/stage.ts'

const stage = await openStage({ after })

const linkLeft = async (): Promise<string | null> => {
  const text = await readFile(join(stage.server().dataDir, 'bootstrap.json'), 'utf8')
  return (parseJson(text) as { consoleSignIn: string | null }).consoleSignIn
}

/** What the page behind a link does. */
async function openLink(link: string): Promise<{ status: number; cookie: string }> {
  const { origin, hash } = new URL(link)
  const response = await fetch(`${stage.server().url}/api/v1/sign-in/link`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: stage.server().url },
    body: JSON.stringify({ token: hash.replace('#link=', '') }),
  })
  equal(origin, stage.server().url.replace('127.0.0.1', 'localhost'))
  return { status: response.status, cookie: response.headers.getSetCookie()[0]?.split(';')[0] ?? '' }
}

test('every start shows a link into the console, until somebody came in by one', async () => {
  const first = await linkLeft()
  match(first ?? '', /^http:\/\/localhost:\d+\/sign-in#link=[\w-]{43}$/)
  ok(stage.server().output().includes(first!))
  await stage.server().stop()
  await stage.restart()
  const second = await linkLeft()
  ok(second !== null && second !== first)
  const { status, cookie } = await openLink(second)
  equal(status, 200)
  equal((await openLink(second)).status, 403)
  const session = await fetch(`${stage.server().url}/api/v1/session`, { headers: { cookie } })
  equal(session.status, 200)
  await stage.server().stop()
  await stage.restart()
  equal(await linkLeft(), null)
  ok(!stage.server().output().includes('#link='))
  const kept = await fetch(`${stage.server().url}/api/v1/session`, { headers: { cookie } })
  equal(kept.status, 200, 'a session outlives a restart')
})
