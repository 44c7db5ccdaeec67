/** OpenAI's completions of text, handed on as they are to providers that have them, and asked as chats of those that have not. */
import { openaiApi } from '../openai.ts'
import type { InboundApi } from '../types.ts'
import { chatFormOf } from './chat-form.ts'
import { isChat, openTextWriter } from './text-choices.ts'

const plain = openaiApi('completions')

export const completionsApi: InboundApi = {
  ...plain,
  read: (body) => ({ kind: 'read', body, asChat: chatFormOf(body) }),
  writeAnswer: (answer, facts) => plain.writeAnswer(isChat(answer) ? openTextWriter()(answer) : answer, facts),
  openStream(facts) {
    const face = plain.openStream(facts)
    const write = openTextWriter()
    return {
      ...face,
      chunk: (chunk, raw) => (isChat(chunk) ? face.chunk(write(chunk)) : face.chunk(chunk, raw)),
    }
  },
}
