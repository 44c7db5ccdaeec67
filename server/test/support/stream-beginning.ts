/** The text of an answer; of one that is an endless stream of events, what it says first. */
export async function textOrBeginning(response: Response): Promise<string> {
  if (!response.headers.get('content-type')?.startsWith('text/event-stream') || !response.body) return response.text()
  const reader = response.body.getReader()
  const { value } = await reader.read()
  await reader.cancel()
  return Buffer.from((value as Uint8Array | undefined) ?? []).toString()
}
