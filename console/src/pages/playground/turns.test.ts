import assert from 'node:assert/strict'
import { test } from 'node:test'
import { unreachable } from '../../api/by-key.ts'
import { type Answer, ended, messagesFor, tokensPerSecond, type Turn, withEvent } from './turns.ts'

const begun: Answer = {
  ...{ id: '1', model: 'a/b', state: 'waiting', text: '', reasoning: '', startedMs: 0, pieces: 0, promptBytes: 0 },
}

test('each side goes on from its own answers, and what was never answered is not sent again', () => {
  const answered = (text: string): Answer => ({ ...begun, text, state: 'done' })
  const turns: readonly Turn[] = [
    { id: '1', message: 'one', answers: { left: answered('L1'), right: answered('R1') } },
    { id: '2', message: 'two', answers: { left: { ...begun, state: 'failed' }, right: answered('R2') } },
  ]
  const sent = (side: 'left' | 'right') => messagesFor('be brief', turns, side, 'three').map(({ content }) => content)
  assert.deepEqual(sent('left'), ['be brief', 'one', 'L1', 'three'])
  assert.deepEqual(sent('right'), ['be brief', 'one', 'R1', 'two', 'R2', 'three'])
  assert.deepEqual(messagesFor('  ', [], 'left', 'x'), [{ role: 'user', content: 'x' }])
})

test('the first words set the time to the first token, and the usage sets what was charged', () => {
  let answer = withEvent(begun, { kind: 'begun', generationId: 'gen-1' }, 1)
  answer = withEvent(answer, { kind: 'words', text: 'Hel', reasoning: '' }, 100)
  answer = withEvent(answer, { kind: 'words', text: 'lo', reasoning: '' }, 200)
  const usage = { tokensIn: 1, tokensCached: 0, tokensOut: 11, tokensReasoning: 0, credits: '1.5' }
  answer = ended(withEvent(answer, { kind: 'usage', usage }, 1_100), 1_100, false)
  assert.deepEqual([answer.text, answer.firstMs, answer.charged, answer.state], ['Hello', 100, '1.5', 'done'])
  assert.equal(tokensPerSecond(answer, 9_999), 10)
})

test('a failure stays one when the stream ends, and a stop is no failure', () => {
  const failed = withEvent(begun, { kind: 'failed', failure: unreachable }, 5)
  assert.equal(ended(failed, 9, false).state, 'failed')
  assert.equal(ended(begun, 9, true).state, 'stopped')
})
