/** Waits until something is so, for what happens a moment after an answer: a log line, a cancel, a settle of an abort. */
export async function eventually(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  timeoutMs = 60_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`it did not become so: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
