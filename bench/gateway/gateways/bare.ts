import { httpRequest, upstreamKey } from './request.ts'
import type { Gateway } from './types.ts'

/** No gateway: the mock upstream itself, to tell what load and mock can do and what a gateway adds. */
export const bareUpstream = (upstreamPort: number): Gateway => ({
  name: 'bare',
  version: '-',
  port: upstreamPort,
  request: (answer) => httpRequest({ port: upstreamPort, model: answer, answer, key: upstreamKey }),
  pid: undefined,
  stop: () => Promise.resolve(),
})
