import type { JsonObject } from '../../core/json.ts'
import type { Notes } from '../field-rules.ts'
import { objectsOf, textOf } from '../openai-form.ts'
import { reasoningFormat, type Block } from './api-types.ts'

const own = new Set(['', reasoningFormat, 'unknown'])

/**
 * Thinking that a caller gives back, as the blocks in which it came. The pieces of a stream may come back unjoined: a
 * signature closes the text before it. What is not signed, or is another provider's, this one would refuse.
 */
export function convertReasoning(message: JsonObject, notes: Notes): readonly Block[] {
  const blocks: Block[] = []
  let thinking = ''
  const dropUnsigned = () => {
    if (thinking !== '') notes.leaveOut('reasoning that is not signed', 'the provider takes back its own alone')
    thinking = ''
  }
  const details = objectsOf(message['reasoning_details'])
  for (const detail of details) {
    const { signature, data } = detail
    if (!own.has(textOf(detail['format']))) {
      notes.leaveOut('reasoning of another provider', 'only the one that it came from can read it')
      continue
    }
    thinking += textOf(detail['text']) || textOf(detail['summary'])
    if (typeof signature === 'string' && signature !== '') {
      blocks.push({ type: 'thinking', thinking, signature })
      thinking = ''
    }
    if (typeof data === 'string' && data !== '') {
      dropUnsigned()
      blocks.push({ type: 'redacted_thinking', data })
    }
  }
  // Plain reasoning repeats what the details say.
  if (details.length === 0) thinking = textOf(message['reasoning_content']) || textOf(message['reasoning'])
  dropUnsigned()
  return blocks
}
