const rowsAtOnce = 1_000

/** Writes rows in pieces: PostgreSQL takes at most 65,535 parameters in one statement. */
export async function inChunks<Row>(
  rows: readonly Row[],
  write: (chunk: readonly Row[]) => Promise<unknown>,
): Promise<void> {
  for (let at = 0; at < rows.length; at += rowsAtOnce) await write(rows.slice(at, at + rowsAtOnce))
}
