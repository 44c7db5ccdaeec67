import { isObject } from '../../core/json.ts'
import { bearerKey } from '../authorization.ts'
import { objectsOf, textOf } from '../openai-form.ts'
import { sseFraming } from '../sse-framing.ts'
import type { NativeApi } from '../translation.ts'
import { translation } from './translation.ts'

export const cohereApi: NativeApi = {
  translation,
  framing: sseFraming,
  openAuthorization: bearerKey,
  modelList: {
    path: '/v1/models?page_size=1000',
    read: (answer) =>
      isObject(answer) && Array.isArray(answer['models'])
        ? objectsOf(answer['models']).map(({ name }) => textOf(name))
        : undefined,
  },
}
