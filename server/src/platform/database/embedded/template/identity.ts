// Where a PostgreSQL 18 cluster keeps its system identifier: src/include/catalog/pg_control.h and access/xlog_internal.h.

const controlFile = 'global/pg_control'
const firstSegment = 'pg_wal/000000010000000000000001'

/** After the short header of a page of the write-ahead log. */
const segmentIdAt = 24

/** The length of ControlFileData up to its checksum, which is its last member. */
const controlBytes = 292

/**
 * Gives a cluster that was shut down an identifier of its own, so that backups and replicas of two installations cannot
 * be taken for each other's. It is in the control file, under a checksum, and at the head of the write-ahead log.
 */
export function setSystemIdentifier(files: ReadonlyMap<string, Buffer>, identifier: bigint): void {
  const control = files.get(controlFile)
  const segment = files.get(firstSegment)
  if (control?.readUInt32LE(controlBytes) !== crc32c(control?.subarray(0, controlBytes))) {
    throw new Error(`${controlFile} is not laid out as PostgreSQL 18 does`)
  }
  if (segment?.readBigUInt64LE(segmentIdAt) !== control.readBigUInt64LE()) {
    throw new Error(`${firstSegment} does not begin as PostgreSQL 18 has it`)
  }
  control.writeBigUInt64LE(identifier)
  control.writeUInt32LE(crc32c(control.subarray(0, controlBytes)), controlBytes)
  segment.writeBigUInt64LE(identifier, segmentIdAt)
}

/** CRC-32C (Castagnoli), as PostgreSQL uses it. */
export function crc32c(bytes: Uint8Array = new Uint8Array()): number {
  let crc = 0xff_ff_ff_ff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82_f6_3b_78 : 0)
  }
  return ~crc >>> 0
}
