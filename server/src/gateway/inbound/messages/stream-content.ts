import { isObject, type JsonObject, type JsonValue } from '../../../core/json.ts'
import { openBlockQueue, type Block, type BlockEvent } from './block-queue.ts'
import { wrapForeign } from './foreign-signature.ts'
import { emptyBlock } from './message.ts'
import { listOf, reasoningOf, type ReasoningPiece } from '../reasoning.ts'
import { openToolBlocks } from './tool-blocks.ts'

/** Writes what a choice says, delta by delta, as content blocks. */
export type StreamContent = {
  readonly write: (delta: JsonObject) => void
  /** Ends the last block. */
  readonly finish: () => void
  /** What the blocks tell of how the message ended. */
  readonly saw: () => { readonly tools: boolean; readonly refusal: boolean }
}

const always = () => true

export function openStreamContent(emit: (event: BlockEvent) => void): StreamContent {
  const blocks = openBlockQueue(emit)
  const tools = openToolBlocks(blocks)
  /** The block that text or thinking goes on in, if it is still the last. */
  let current: { readonly kind: 'text' | 'thinking'; readonly block: Block } | undefined
  let refusal = false

  function blockOf(kind: 'text' | 'thinking'): Block {
    if (current?.kind !== kind || current.block !== blocks.last())
      current = { kind, block: blocks.open({ start: emptyBlock[kind], mayEnd: always }) }
    return current.block
  }

  function writeReasoning(piece: ReasoningPiece): void {
    switch (piece.kind) {
      case 'text':
        blocks.add(blockOf('thinking'), { type: 'thinking_delta', thinking: piece.text })
        break
      case 'signature':
        blocks.add(blockOf('thinking'), { type: 'signature_delta', signature: wrapForeign(piece.signature, piece.of) })
        // What is signed is closed.
        current = undefined
        break
      case 'redacted':
        blocks.open({ start: emptyBlock.redacted(wrapForeign(piece.data, piece.of)), mayEnd: always })
        break
    }
  }

  function writeText(text: JsonValue | undefined): boolean {
    if (typeof text !== 'string' || text === '') return false
    blocks.add(blockOf('text'), { type: 'text_delta', text })
    return true
  }

  return {
    write(delta) {
      for (const piece of reasoningOf(delta)) writeReasoning(piece)
      writeText(delta['content'])
      refusal = writeText(delta['refusal']) || refusal
      for (const call of listOf(delta['tool_calls'])) if (isObject(call)) tools.push(call)
    },
    finish() {
      tools.finish()
      blocks.finish()
    },
    saw: () => ({ tools: tools.count() > 0, refusal }),
  }
}
