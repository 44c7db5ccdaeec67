/** Google's models: the Gemini API. */
import { keyInHeader } from '../authorization.ts'
import { sseFraming } from '../sse-framing.ts'
import type { NativeApi } from '../translation.ts'
import { readModelList } from './model-list.ts'
import { translationAt } from './translation.ts'

export { translationAt }

export const geminiApi: NativeApi = {
  translation: translationAt('gemini'),
  framing: sseFraming,
  openAuthorization: keyInHeader('x-goog-api-key'),
  // One page holds all: there are some 60 models, and a page takes 1,000.
  modelList: { path: '/v1beta/models?pageSize=1000', read: readModelList },
}
