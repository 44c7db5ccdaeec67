import type { AnyOperation } from '../../operation.ts'
import { generationsCsv } from './csv.ts'
import { generationHistogram } from './histogram.ts'
import { listGenerations } from './list.ts'

export { callRows } from './list.ts'

export const generationOperations: readonly AnyOperation[] = [listGenerations, generationHistogram, generationsCsv]
