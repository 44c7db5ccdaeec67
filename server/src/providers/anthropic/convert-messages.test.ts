import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JsonObject, JsonValue } from '../../core/json.ts'
import { openNotes } from '../field-rules.ts'
import { conversation, saidIn } from '../test/conversation.ts'
import { convertMessages } from './convert-messages.ts'

const older = { takesLaterInstructions: false }
const newer = { takesLaterInstructions: true }

function convert(messages: readonly JsonObject[], traits = older) {
  const notes = openNotes()
  return { ...convertMessages(messages, traits, notes), leftOut: notes.leftOut(), refusal: notes.refusal() }
}

const text = (said: string) => ({ type: 'text', text: said })
const user = (content: JsonValue): JsonObject => ({ role: 'user', content })

test('turns alternate: neighbours of one side are one turn', () => {
  const { turns } = convert([
    user('a'),
    user('b'),
    { role: 'assistant', content: 'c' },
    { role: 'assistant', content: 'd' },
    user('e'),
  ])
  deepEqual(turns, [
    { role: 'user', content: [text('a'), text('b')] },
    { role: 'assistant', content: [text('c'), text('d')] },
    { role: 'user', content: [text('e')] },
  ])
})

test('instructions stand apart; later ones stay in place where the model takes them there', () => {
  const messages = [
    { role: 'system', content: [{ ...text('first'), cache_control: { type: 'ephemeral' } }] },
    user('a'),
    { role: 'developer', content: 'second' },
    { role: 'assistant', content: 'b' },
    user('c'),
    { role: 'system', content: 'third' },
    user('d'),
  ]
  const first = { ...text('first'), cache_control: { type: 'ephemeral' } }
  deepEqual(convert(messages).system, [first, text('second'), text('third')])
  const { system, turns } = convert(messages, newer)
  deepEqual(system, [first, text('third')])
  deepEqual(
    turns.map(({ role }) => role),
    ['user', 'system', 'assistant', 'user'],
  )
})

test('a round of tools: calls with their input, results first and with what they show', () => {
  const { turns } = convert([
    user('What do you see?'),
    {
      role: 'assistant',
      content: 'Looking.',
      tool_calls: [
        { id: 'call.1', type: 'function', function: { name: 'look', arguments: '{"at":"sky"}' } },
        {
          id: 'b',
          type: 'function',
          function: { name: 'cut', arguments: '{"at":' },
          cache_control: { type: 'ephemeral' },
        },
      ],
    },
    {
      role: 'tool',
      tool_call_id: 'call.1',
      content: [text('a cloud'), { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }],
    },
    {
      role: 'tool',
      tool_call_id: 'b',
      content: [{ ...text('failed'), cache_control: { type: 'ephemeral' } }],
      is_error: true,
    },
    user('And?'),
  ])
  deepEqual(turns.slice(1), [
    {
      role: 'assistant',
      content: [
        text('Looking.'),
        { type: 'tool_use', id: 'call_1', name: 'look', input: { at: 'sky' } },
        {
          type: 'tool_use',
          id: 'b',
          name: 'cut',
          input: { INVALID_JSON: '{"at":' },
          cache_control: { type: 'ephemeral' },
        },
      ],
    },
    {
      role: 'user',
      content: [
        {
          type: 'tool_result',
          tool_use_id: 'call_1',
          content: [
            text('a cloud'),
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
          ],
        },
        {
          type: 'tool_result',
          tool_use_id: 'b',
          content: [text('failed')],
          is_error: true,
          cache_control: { type: 'ephemeral' },
        },
        text('And?'),
      ],
    },
  ])
})

test('pictures and files in each of their forms', () => {
  const pdf = 'data:application/pdf;base64,JVBERi0='
  const { turns, refusal } = convert([
    user([
      { type: 'image_url', image_url: { url: 'https://example.com/a.png', detail: 'high' } },
      { type: 'image_url', image_url: { url: 'data:image/webp;name=x;base64,BBBB' } },
      { type: 'file', file: { filename: 'a.pdf', file_data: pdf } },
      { type: 'file', file: { file_data: 'https://example.com/b.pdf' } },
      { type: 'file', file: { file_id: 'file_1' } },
      { type: 'file', file: { file_data: 'data:text/plain;charset=utf-8;base64,R3LDvMOfZQ==' } },
    ]),
  ])
  equal(refusal, undefined)
  deepEqual(turns[0]?.content, [
    { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
    { type: 'image', source: { type: 'base64', media_type: 'image/webp', data: 'BBBB' } },
    { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' }, title: 'a.pdf' },
    { type: 'document', source: { type: 'url', url: 'https://example.com/b.pdf' } },
    { type: 'document', source: { type: 'file', file_id: 'file_1' } },
    { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'Grüße' } },
  ])
  for (const [part, why] of [
    [{ type: 'image_url', image_url: { url: 'gs://bucket/a.png' } }, /image_url/],
    [{ type: 'file', file: { file_data: 'data:application/zip;base64,AAAA' } }, /file/],
    [{ type: 'hologram' }, /hologram/],
  ] as const)
    match(convert([user([part])]).refusal ?? '', why)
})

test('thinking is given back as it was signed, also where the pieces of a stream come unjoined', () => {
  const { turns, leftOut } = convert([
    user('a'),
    {
      role: 'assistant',
      content: 'b',
      reasoning: 'Hm, yes',
      reasoning_details: [
        { type: 'reasoning.text', text: 'Hm, ', index: 0, format: 'anthropic-claude-v1' },
        { type: 'reasoning.text', text: 'yes', index: 0 },
        { type: 'reasoning.text', signature: 's1', index: 0 },
        { type: 'reasoning.encrypted', data: 'd1', index: 1 },
        { type: 'reasoning.text', text: '', signature: 's2', index: 2 },
      ],
    },
  ])
  deepEqual(turns[1]?.content, [
    { type: 'thinking', thinking: 'Hm, yes', signature: 's1' },
    { type: 'redacted_thinking', data: 'd1' },
    { type: 'thinking', thinking: '', signature: 's2' },
    text('b'),
  ])
  deepEqual(leftOut, [])
})

test('thinking that is not signed, or is of another provider, is left out and named', () => {
  const of = (message: JsonObject) => convert([user('a'), { role: 'assistant', content: 'b', ...message }])
  for (const message of [
    { reasoning: 'plain' },
    { reasoning_content: 'plain' },
    { reasoning_details: [{ type: 'reasoning.text', text: 'unsigned' }] },
    { reasoning_details: [{ type: 'reasoning.encrypted', data: 'x', format: 'openai-responses-v1' }] },
  ]) {
    deepEqual(of(message).turns[1]?.content, [text('b')])
    match(of(message).leftOut.join(), /reasoning/)
  }
})

test('an answer that is to be gone on from does not end in space, which the API refuses', () => {
  const { turns } = convert([user('a'), { role: 'assistant', content: 'Once \n' }])
  deepEqual(turns[1]?.content, [text('Once')])
})

test('no text, picture, file, call or thinking of any conversation is lost without a word', () => {
  fc.assert(
    fc.property(conversation, fc.boolean(), (messages, takesLaterInstructions) => {
      const { system, turns, leftOut, refusal } = convert(messages, { takesLaterInstructions })
      if (refusal !== undefined) return
      const written = JSON.stringify([system, turns])
      for (const said of messages.flatMap(saidIn)) {
        const isThere = written.includes(JSON.stringify(said).slice(1, -1))
        ok(isThere || leftOut.some((sentence) => sentence.startsWith('reasoning')), said)
      }
    }),
  )
})

test('turns of any conversation are what the API takes: no turn is empty, no neighbours are of one side, results come first', () => {
  fc.assert(
    fc.property(conversation, (messages) => {
      const { turns } = convert(messages)
      for (const [at, { role, content: blocks }] of turns.entries()) {
        ok(blocks.length > 0 && role !== turns[at - 1]?.role)
        const types = (blocks as readonly JsonObject[]).map(({ type }) => type === 'tool_result')
        deepEqual(
          types,
          types.toSorted((a, b) => Number(b) - Number(a)),
        )
      }
    }),
  )
})
