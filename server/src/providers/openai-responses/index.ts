import { isObject } from '../../core/json.ts'
import { bearerKey } from '../authorization.ts'
import { objectsOf, textOf } from '../openai-form.ts'
import { sseFraming } from '../sse-framing.ts'
import type { NativeApi } from '../translation.ts'
import { translation } from './translation.ts'

export { outputTokensMin } from './api-types.ts'

export const openaiResponsesApi: NativeApi = {
  translation,
  framing: sseFraming,
  openAuthorization: bearerKey,
  modelList: {
    path: '/v1/models',
    read: (answer) =>
      isObject(answer) && Array.isArray(answer['data'])
        ? objectsOf(answer['data']).map(({ id }) => textOf(id))
        : undefined,
  },
}
