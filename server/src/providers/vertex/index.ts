/** Google's models at Vertex AI: the same API at another address, with credentials of Google Cloud. */
import { translationAt } from '../google/index.ts'
import { sseFraming } from '../sse-framing.ts'
import type { NativeApi } from '../translation.ts'
import { checkVertexKey, vertexAuthorization } from './authorization.ts'

export { vertexFromEnvironment } from './environment.ts'

export const vertexApi: NativeApi = {
  translation: translationAt('vertex'),
  framing: sseFraming,
  checkKey: checkVertexKey,
  openAuthorization: vertexAuthorization,
}
