import { isObject } from '../../core/json.ts'
import { keyInHeader } from '../authorization.ts'
import { objectsOf, textOf } from '../openai-form.ts'
import { sseFraming } from '../sse-framing.ts'
import type { NativeApi } from '../translation.ts'
import { translation, version } from './translation.ts'

export const anthropicApi: NativeApi = {
  translation,
  framing: sseFraming,
  openAuthorization: keyInHeader('x-api-key'),
  modelList: {
    path: '/v1/models?limit=1000',
    headers: version,
    read: (answer) =>
      isObject(answer) && Array.isArray(answer['data'])
        ? objectsOf(answer['data']).map(({ id }) => textOf(id))
        : undefined,
  },
}
