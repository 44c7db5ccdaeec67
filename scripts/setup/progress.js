const tickMs = 1_000
const quietTicks = 15

/**
 * Says what is being done as soon as it takes longer than a second: one line that counts on a terminal, else a line at
 * the start, every 15 seconds, and at the end. Standard output stays clean, so commands can be piped.
 * @template T
 * @param {string} what
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withProgress(what, work) {
  const { stderr } = process
  let seconds = 0
  const timer = setInterval(() => {
    seconds += tickMs / 1_000
    if (stderr.isTTY) stderr.write(`\r${what} ... ${seconds} s `)
    else if (seconds === 1 || seconds % quietTicks === 0)
      stderr.write(`${what} ... ${seconds === 1 ? '' : `${seconds} s`}\n`)
  }, tickMs)
  try {
    const result = await work()
    if (seconds > 0) stderr.write(`${stderr.isTTY ? '\r' : ''}${what}: done in ${seconds} s \n`)
    return result
  } catch (error) {
    if (seconds > 0 && stderr.isTTY) stderr.write('\n')
    throw error
  } finally {
    clearInterval(timer)
  }
}
