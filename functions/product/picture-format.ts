/** What an upload really is, by its bytes alone. */
export type Format = 'jpeg' | 'png' | 'webp' | 'avif'

/**
 * The format of these bytes, if they are one whole picture of it from the first byte to the last.
 * What has something else behind its end (an archive, a script) is none: such a file is made to be
 * taken for two things. Undefined too for every other format, SVG among them.
 */
export function formatOf(bytes: Buffer): Format | undefined {
  if (bytes.length < 16) return undefined
  if (bytes.readUInt32BE(0) === 0x89504e47) return endsAs(bytes, pngEnd(bytes), 'png')
  if (bytes.readUInt16BE(0) === 0xffd8) return endsAs(bytes, jpegEnd(bytes), 'jpeg')
  if (ascii(bytes, 0) === 'RIFF' && ascii(bytes, 8) === 'WEBP')
    return endsAs(bytes, 8 + bytes.readUInt32LE(4), 'webp')
  if (ascii(bytes, 4) === 'ftyp') return endsAs(bytes, avifEnd(bytes), 'avif')
  return undefined
}

function endsAs(bytes: Buffer, end: number | undefined, format: Format): Format | undefined {
  // Some writers fill up to a round size.
  return end !== undefined && end <= bytes.length && bytes.subarray(end).every((it) => it === 0)
    ? format
    : undefined
}

function ascii(bytes: Buffer, at: number): string {
  return bytes.toString('latin1', at, at + 4)
}

/** ISO 15948: chunks of length, type, data and checksum; IEND is the last. */
function pngEnd(bytes: Buffer): number | undefined {
  for (let at = 8; at + 12 <= bytes.length; ) {
    const end = at + 12 + bytes.readUInt32BE(at)
    if (ascii(bytes, at + 4) === 'IEND') return end
    at = end
  }
  return undefined
}

/**
 * ITU T.81: segments, each with its length, then scans of compressed data in which FF is followed by
 * 00 or a restart marker. Behind the end may stand further whole pictures (CIPA DC-007: previews).
 */
function jpegEnd(bytes: Buffer): number | undefined {
  let at = 2
  while (at + 2 <= bytes.length) {
    if (bytes[at] !== 0xff) return undefined
    const marker = bytes[at + 1] ?? 0
    if (marker === 0xd9) {
      const end = at + 2
      const isFollowed = bytes[end] === 0xff && bytes[end + 1] === 0xd8
      if (!isFollowed) return end
      at = end + 2
    } else if (marker === 0xff) at++
    else {
      if (at + 4 > bytes.length) return undefined
      at += 2 + bytes.readUInt16BE(at + 2)
      if (marker === 0xda) at = scanEnd(bytes, at)
    }
  }
  return undefined
}

function scanEnd(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at !== -1; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1] ?? 0
    if (next !== 0 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at
  }
  return bytes.length
}

/** ISO 14496-12: boxes of size and type, the first naming the brands it is compatible with. */
function avifEnd(bytes: Buffer): number | undefined {
  const head = bytes.readUInt32BE(0)
  if (head > 256 || !/avi[fs]/.test(bytes.toString('latin1', 8, head))) return undefined
  let at = 0
  while (at + 8 <= bytes.length) {
    const size = bytes.readUInt32BE(at)
    if (!/^(ftyp|meta|moov|mdat|free|skip|uuid|mini)$/.test(ascii(bytes, at + 4))) return at
    // 0: to the end of the file; 1: a 64-bit size, of which no upload needs the upper half.
    if (size === 0) return bytes.length
    const whole = size === 1 && at + 16 <= bytes.length ? bytes.readUInt32BE(at + 12) : size
    if (whole < 8) return undefined
    at += whole
  }
  return at
}
