import type { NativeApi } from '../translation.ts'
import { eventStreamFraming } from './event-stream.ts'
import { openBedrockAuthorization } from './signing.ts'
import { translation } from './translation.ts'

/** Its models are listed by another service, at another address: here they are not. */
export const bedrockApi: NativeApi = {
  translation,
  framing: eventStreamFraming,
  openAuthorization: openBedrockAuthorization,
}
