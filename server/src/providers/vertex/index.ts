/** Vertex AI: Google's models by the same API at another address, and Claude, with credentials of Google Cloud. */
import { sseFraming } from '../sse-framing.ts'
import type { NativeApi } from '../translation.ts'
import { checkVertexKey, vertexAuthorization } from './authorization.ts'
import { vertexTranslation } from './translation.ts'

export { vertexFromEnvironment } from './environment.ts'

export const vertexApi: NativeApi = {
  translation: vertexTranslation,
  framing: sseFraming,
  checkKey: checkVertexKey,
  openAuthorization: vertexAuthorization,
}
