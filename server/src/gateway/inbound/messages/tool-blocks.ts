import { isObject, type JsonObject, type JsonValue } from '../../../core/json.ts'
import { openJsonEnd } from '../json-end.ts'
import { openToolSorter } from '../tool-sorter.ts'
import type { Block, BlockQueue } from './block-queue.ts'
import { emptyBlock } from './message.ts'
import { toolId } from './write-answer.ts'

type Tool = {
  readonly at: number
  readonly block: Block
  id: string
  name: string
  readonly pushArguments: (piece: string) => void
}

/** Tool calls of a stream, each written as a block of its own however their pieces are mixed. */
export type ToolBlocks = {
  /** Takes one entry of a delta's `tool_calls`. */
  readonly push: (call: JsonObject) => void
  readonly count: () => number
  /** Gives a call that was never named its block all the same: its arguments are not lost. */
  readonly finish: () => void
}

export function openToolBlocks(queue: BlockQueue): ToolBlocks {
  const tools = openToolSorter<Tool>((at) => {
    const end = openJsonEnd()
    const block = queue.open({ start: undefined, mayEnd: end.isWhole })
    return { at, block, id: '', name: '', pushArguments: end.push }
  })

  const start = (tool: Tool) => {
    tool.block.start ??= emptyBlock.toolUse(tool.id === '' ? toolId(tool.at) : tool.id, tool.name)
  }

  return {
    push(call) {
      const tool = tools.toolOf(call)
      const called = isObject(call['function']) ? call['function'] : {}
      const piece = textOf(called['arguments'])
      if (tool.name === '') tool.name = textOf(called['name'])
      if (tool.name !== '') start(tool)
      tool.pushArguments(piece)
      queue.add(tool.block, ...(piece === '' ? [] : [{ type: 'input_json_delta', partial_json: piece }]))
    },
    count: () => tools.all.length,
    finish: () => tools.all.forEach(start),
  }
}

const textOf = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')
