import { isObject, type JsonObject, type JsonValue } from '../../../core/json.ts'
import type { Block, BlockQueue } from './block-queue.ts'
import { openJsonEnd } from './json-end.ts'
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
  const tools: Tool[] = []
  const byIndex = new Map<JsonValue, Tool>()

  /** A call goes on under its index; servers that number every call 0, or none, are told apart by the ids. */
  function toolOf(index: JsonValue | undefined, id: string): Tool {
    const known = index === undefined ? tools.at(-1) : byIndex.get(index)
    const tool = known && (id === '' || known.id === '' || known.id === id) ? known : openTool()
    if (index !== undefined) byIndex.set(index, tool)
    return tool
  }

  function openTool(): Tool {
    const end = openJsonEnd()
    const block = queue.open({ start: undefined, mayEnd: end.isWhole })
    const tool = { at: tools.length, block, id: '', name: '', pushArguments: end.push }
    tools.push(tool)
    return tool
  }

  const start = (tool: Tool) => {
    tool.block.start ??= emptyBlock.toolUse(tool.id === '' ? toolId(tool.at) : tool.id, tool.name)
  }

  return {
    push(call) {
      const { index } = call
      const id = textOf(call['id'])
      const tool = toolOf(typeof index === 'number' ? index : undefined, id)
      const called = isObject(call['function']) ? call['function'] : {}
      const piece = textOf(called['arguments'])
      if (tool.id === '') tool.id = id
      if (tool.name === '') tool.name = textOf(called['name'])
      if (tool.name !== '') start(tool)
      tool.pushArguments(piece)
      queue.add(tool.block, ...(piece === '' ? [] : [{ type: 'input_json_delta', partial_json: piece }]))
    },
    count: () => tools.length,
    finish: () => tools.forEach(start),
  }
}

const textOf = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')
