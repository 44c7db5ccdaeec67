import { type Node, NodeFault } from '../nodes/node.ts'
import type { Nodes, Others } from '../nodes/nodes.ts'
import { askHeader } from './ask.ts'
import type { Hash, Header } from './types.ts'

/** A node that is asked, and those beside it. */
export type Asking = {
  readonly node: Node
  readonly others: Others
  readonly nodes: Pick<Nodes, 'consult' | 'distrust'>
}

/** Nobody can say who of them is right. */
export type Disagreed = { readonly kind: 'disagreed'; readonly why: string }

export type Heard =
  /** Those that have the same block; none: nobody else answers, or has a block of this number yet. */
  { readonly kind: 'heard'; readonly witnesses: readonly Node[] } | Disagreed

/** The block that other nodes have at a height. Who is away or has none yet says nothing. */
export async function headersOf({ nodes }: Asking, number: bigint, some: readonly Node[]) {
  const asked = some.map(async (node) => ({ node, header: await nodes.consult(node, () => askHeader(node, number)) }))
  return (await Promise.all(asked)).flatMap(({ node, header }) => (header ? [{ node, header }] : []))
}

/**
 * What other nodes say of a block that one told of. Who has another one at its height contradicts it: most of those that
 * answer are believed, and of two neither.
 */
export async function hear(asking: Asking, { number, hash }: Header, some: readonly Node[]): Promise<Heard> {
  const { node, nodes } = asking
  const said = await headersOf(asking, number, some)
  const against = said.filter(({ header }) => header.hash !== hash)
  const other = (who: Node) => new NodeFault('lying', `${who.host} tells of another block ${number} than most nodes`)
  switch (
    verdictOf(
      hash,
      said.map(({ header }) => header.hash),
    )
  ) {
    case 'upheld': {
      for (const each of against) nodes.distrust(each.node, other(each.node))
      return { kind: 'heard', witnesses: said.flatMap((each) => (against.includes(each) ? [] : [each.node])) }
    }
    case 'outvoted':
      throw other(node)
    case 'open':
      return { kind: 'disagreed', why: `${node.host} and ${against[0]!.node.host} tell of different blocks ${number}` }
  }
}

/** What becomes of a word that others repeat or contradict. Pure. */
export function verdictOf<Word extends Hash | bigint | boolean>(
  mine: Word,
  theirs: readonly Word[],
): 'upheld' | 'outvoted' | 'open' {
  const counts = Map.groupBy([mine, ...theirs], (word) => word)
  const hasMost = (words: readonly Word[]) => words.length * 2 > theirs.length + 1
  if (hasMost(counts.get(mine)!)) return 'upheld'
  return [...counts.values()].some(hasMost) ? 'outvoted' : 'open'
}
