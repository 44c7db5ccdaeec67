import type { JsonObject } from '../../core/json.ts'

/** Tells which call of a stream a piece belongs to, however the pieces of parallel calls are mixed. */
export type ToolSorter<Tool> = {
  /** The call that one entry of a delta's `tool_calls` begins or goes on with. */
  readonly toolOf: (piece: JsonObject) => Tool
  /** Every call so far, in the order in which they began. */
  readonly all: readonly Tool[]
}

/** A call goes on under its index; servers that number every call 0, or none, are told apart by the ids. */
export function openToolSorter<Tool extends { id: string }>(open: (at: number) => Tool): ToolSorter<Tool> {
  const tools: Tool[] = []
  const byIndex = new Map<number, Tool>()

  function begin(): Tool {
    const tool = open(tools.length)
    tools.push(tool)
    return tool
  }

  return {
    toolOf(piece) {
      const index = typeof piece['index'] === 'number' ? piece['index'] : undefined
      const id = typeof piece['id'] === 'string' ? piece['id'] : ''
      const known = index === undefined ? tools.at(-1) : byIndex.get(index)
      const tool = known && (id === '' || known.id === '' || known.id === id) ? known : begin()
      if (tool.id === '') tool.id = id
      if (index !== undefined) byIndex.set(index, tool)
      return tool
    },
    all: tools,
  }
}
