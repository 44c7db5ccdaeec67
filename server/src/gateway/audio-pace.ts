/** Heads of WAV (RIFF, 1991) and MP3 (ISO 11172-3, ISO 13818-3; tags of ID3v2): how much audio a byte can be. */

/** What paced audio has for every second of its length, or more. */
export const pacedBytesPerSecond = 1_000

/**
 * Whether audio in base64 is of a format whose bytes go with its length. Others (FLAC, Opus, AAC ...) may hold hours of
 * silence in a few bytes, and so may a WAV of a few samples a second.
 */
export const isPaced = (base64: string): boolean => isPacedWave(bytesAt(base64, 0, 36)) || isMp3(base64)

function isPacedWave(head: Buffer): boolean {
  const name = (at: number) => head.toString('latin1', at, at + 4)
  if (head.length < 36 || name(0) !== 'RIFF' || name(8) !== 'WAVE' || name(12) !== 'fmt ') return false
  const format = head.readUInt16LE(20)
  const bitsPerSecond = head.readUInt16LE(22) * head.readUInt32LE(24) * head.readUInt16LE(34)
  const isPlain = format === 1 || format === 3
  return isPlain && bitsPerSecond / 8 >= pacedBytesPerSecond
}

/** Frames of MP3 have 8 kbit/s or more, but for those of a free format. */
function isMp3(base64: string): boolean {
  const tag = bytesAt(base64, 0, 10)
  const [first = 0, second = 0, third = 0] = bytesAt(base64, tagBytes(tag), 3)
  const bitrate = third >> 4
  return first === 0xff && (second & 0xe0) === 0xe0 && bitrate > 0 && bitrate < 15
}

/** The length of an ID3v2 tag before the audio, in four times seven bits. */
const tagBytes = (tag: Buffer): number =>
  tag.length === 10 && tag.toString('latin1', 0, 3) === 'ID3'
    ? 10 + tag.subarray(6).reduce((length, byte) => (length << 7) | (byte & 0x7f), 0)
    : 0

function bytesAt(base64: string, at: number, count: number): Buffer {
  const group = Math.floor(at / 3)
  const groups = Math.ceil((at - group * 3 + count) / 3)
  const bytes = Buffer.from(base64.slice(group * 4, (group + groups) * 4), 'base64')
  return bytes.subarray(at - group * 3, at - group * 3 + count)
}
