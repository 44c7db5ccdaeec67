/** What tests ask of a server that is several processes on one port, or that calls are under way at. */
import { once } from 'node:events'
import { type IncomingMessage, request as httpRequest } from 'node:http'
import { eventually } from './eventually.ts'
import type { TestServer } from './server.ts'

/** A GET over a connection of its own, so that any of the processes may answer. */
export async function getAnywhere(
  url: string,
  key?: string,
): Promise<{ readonly status: number; readonly text: string; readonly request: unknown }> {
  const headers = key === undefined ? {} : { authorization: `Bearer ${key}` }
  const request = httpRequest(url, { agent: false, headers }).end()
  const [response] = (await once(request, 'response')) as [AsyncIterable<Buffer> & IncomingMessage]
  const text = Buffer.concat(await Array.fromAsync(response)).toString()
  return { status: response.statusCode!, text, request: response.headers['x-request-id'] }
}

/** So many connections come to each of four processes, but for one time in ten thousand. */
const looks = 40

/** Resolves when every process offers a model: they hear of it by a notification, a moment after it was made. */
export const offeredEverywhere = ({ url }: TestServer, modelId: string): Promise<void> =>
  eventually(`every process offers ${modelId}`, async () => {
    const listed = await Promise.all(Array.from({ length: looks }, () => getAnywhere(`${url}/v1/models`)))
    return listed.every(({ text }) => text.includes(JSON.stringify(modelId)))
  })

/** Calls that have come to a server and are not answered yet, those that wait for something among them. */
export async function openCallsOf({ url, operatorKey }: TestServer): Promise<number> {
  const { text } = await getAnywhere(`${url}/metrics`, operatorKey)
  return Number(/^redpill_holds_open (\d+)$/m.exec(text)?.[1] ?? 0)
}
