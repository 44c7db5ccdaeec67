export type WaveHead = {
  readonly format?: number
  readonly channels?: number
  readonly rate?: number
  readonly bits?: number
}

/** A WAV of no samples, in base64; of plain samples at 8 kHz unless said otherwise. */
export function wave({ format = 1, channels = 1, rate = 8_000, bits = 8 }: WaveHead = {}): string {
  const head = Buffer.alloc(44)
  head.write('RIFF', 0)
  head.write('WAVEfmt ', 8)
  head.writeUInt16LE(format, 20)
  head.writeUInt16LE(channels, 22)
  head.writeUInt32LE(rate, 24)
  head.writeUInt16LE(bits, 34)
  return head.toString('base64')
}
