import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { ask, at, textOf } from './support/ask.ts'
import type { Customer } from './support/customer.ts'
import { eventually } from './support/eventually.ts'
import { creditsFor, thousandths } from './support/expected-cost.ts'
import { startMockUpstream } from './support/mock-upstream.ts'
import { openStage, type Stage } from './support/stage.ts'

const prices = { input: '2', output: '10' }

async function stageWith(t: Parameters<typeof startMockUpstream>[0] & Parameters<typeof openStage>[0]) {
  const stage = await openStage(t)
  const mock = await startMockUpstream(t)
  const offers = [{ providerId: await stage.addUpstream(mock), upstreamModel: 'm' }]
  await stage.addModel({ id: 'm', prices, outputTokensMax: 1_000, offers })
  return { stage, mock, customer: await stage.addCustomer('1000000') }
}

const cancel = (customer: Customer, generation: string, url?: string, key = customer.key) =>
  url === undefined
    ? customer.ask(`/v1/generation/${generation}/cancel`, {})
    : ask(url, key, `/v1/generation/${generation}/cancel`, {})

/** The id of the only call that runs for an account. */
async function runningCall({ database }: Stage): Promise<string> {
  let id = ''
  await eventually('the call has its hold', async () => {
    const { rows } = await database.pool.query<{ call_id: string }>('select call_id from hold')
    if (rows[0]) id = `gen-${rows[0].call_id}`
    return id !== ''
  })
  return id
}

test('a stream is cancelled through another process: its provider at once, charged for what was delivered', async (t) => {
  const { stage, mock, customer } = await stageWith(t)
  const sibling = await stage.startSibling()
  // It goes on until it is cancelled, however long it takes until then.
  const words = Array.from({ length: 200 }, (_, index) => ` word${index}`)
  mock.enqueue({ answer: { words }, deliver: (frames) => [...frames.slice(0, 40), 'stall'] })
  let read = ''
  const streaming = customer.chat({ model: 'm', stream: true }, { onPiece: (piece) => void (read += piece) })
  await eventually('some has come', () => read.includes('word20'))
  const generation = await runningCall(stage)
  await eventually('the look-up elsewhere tells the tokens so far', async () => {
    const running = (await stage.at(sibling.url, customer).receipt({ generation })) as Record<string, unknown>
    deepEqual([running['state'], running['model'], running['credits']], ['running', 'm', '0'])
    ok(thousandths(running['held_credits']) > 0n)
    return Number(running['tokens_completion']) > 0
  })

  const told = await cancel(customer, generation, sibling.url)
  equal(told.status, 200, told.text)
  deepEqual([at(told.json, 'data.state'), at(told.json, 'data.cancelled')], ['aborted', true])
  await mock.waitFor('cancelled')
  const answer = await streaming
  equal(answer.generation, generation)
  match(answer.events.at(-1)!, /"code":"call_cancelled"/)
  ok(!answer.text.includes('[DONE]'))

  const receipt = await customer.receipt(answer)
  equal(receipt['status'], 499)
  equal(receipt['cancelled_on_request'], true)
  ok(thousandths(receipt['credits']) > 0n)
  ok(textOf(answer).includes('word20') && !textOf(answer).includes('word199'))
  const again = await cancel(customer, generation)
  deepEqual([again.status, at(again.json, 'data.credits')], [200, receipt['credits']])
  equal((await customer.balance()).held, '0')
  await stage.reconcile()
})

test('a plain call that is cancelled costs nothing and is answered with call_cancelled', async (t) => {
  const { stage, mock, customer } = await stageWith(t)
  mock.enqueue('stall-before')
  const asking = customer.chat({ model: 'm' })
  const generation = await runningCall(stage)
  equal((await cancel(customer, generation)).status, 200)
  const answer = await asking
  deepEqual([answer.status, at(answer.json, 'error.code')], [499, 'call_cancelled'])
  equal((await customer.receipt(answer))['credits'], '0')
  await mock.waitFor('cancelled')
  await stage.reconcile()
})

test('only the account of a call and the operator can cancel it, and a call that has ended keeps its charge', async (t) => {
  const { stage, mock, customer } = await stageWith(t)
  const stranger = await stage.addCustomer('1000')
  mock.enqueue('stall-before')
  const asking = customer.chat({ model: 'm' })
  const generation = await runningCall(stage)
  equal((await cancel(stranger, generation)).status, 404)
  equal((await cancel(stranger, 'gen-01980f3e-7c1a-7000-8000-0123456789ab')).status, 404)
  equal((await cancel(stranger, 'no-id')).status, 400)
  equal(mock.cancelledCount(), 0)
  const { url, operatorKey } = stage.server()
  equal((await cancel(customer, generation, url, operatorKey)).status, 200)
  equal((await asking).status, 499)

  const whole = await customer.chat({ model: 'm' })
  const late = await cancel(customer, whole.generation)
  deepEqual(
    [late.status, at(late.json, 'data.state'), at(late.json, 'data.credits')],
    [200, 'ok', (await customer.receipt(whole))['credits']],
  )
  equal((await cancel(stranger, whole.generation)).status, 404)
  const usage = at(whole.json, 'usage') as { prompt_tokens: number; completion_tokens: number }
  equal(
    at(late.json, 'data.credits'),
    creditsFor({ input: usage.prompt_tokens, output: usage.completion_tokens }, prices),
  )
  await stage.reconcile()
})

for (const stream of [false, true]) {
  const how = stream ? 'streamed' : 'plain'
  test(`a ${how} call is found and cancelled before its first token by the name that its caller gave it`, async (t) => {
    const { stage, mock, customer } = await stageWith(t)
    const sibling = await stage.startSibling()
    const stranger = await stage.addCustomer('1000')
    const find = (who: Customer, query: string) =>
      ask(sibling.url, who.key, `/v1/generation?${query}`, {}, { method: 'GET' })
    const named = 'trace_id=job-7'
    equal((await find(customer, named)).status, 404)

    const headers = { 'x-redpill-trace-id': 'job-7' }
    equal((await customer.chat({ model: 'm' }, { headers })).status, 200)
    mock.enqueue('stall-before')
    const asking = customer.chat({ model: 'm', stream }, { headers })
    let id = ''
    await eventually('the newest is the one that runs', async () => {
      const { json } = await find(customer, named)
      id = String(at(json, 'data.id'))
      return at(json, 'data.state') === 'running'
    })
    equal((await find(stranger, named)).status, 404)
    equal((await cancel(customer, id, sibling.url)).status, 200)
    const answer = await asking
    deepEqual([answer.status, at(answer.json, 'error.code')], [499, 'call_cancelled'])
    const after = (await find(customer, named)).json
    deepEqual([at(after, 'data.id'), at(after, 'data.state'), at(after, 'data.credits')], [id, 'aborted', '0'])

    for (const query of ['', `${named}&id=${id}`, 'trace_id=']) equal((await find(customer, query)).status, 400, query)
    await stage.reconcile()
  })
}
