// Cuts a TCP stream into syslog messages (RFC 6587): octet-counted, or ended by a line feed or NUL, each frame for itself.

/** Longest message that is looked at, in bytes; the rest of a longer one is passed over. */
export const longestFrameBytes = 8192
/** A count that nobody sends: then the digits are the beginning of a line. */
const mostCounted = 16 * 2 ** 20
const [lineFeed, nul] = [0x0a, 0x00]

/** One connection's frames. It holds 8 KiB of a message that has not ended yet, and no more. */
export class FrameSplitter {
  #rest: Buffer = Buffer.alloc(0)
  #skipBytes = 0
  #skipLine = false

  /** Takes the next piece of the stream; `take` gets each message that has ended, without its frame. */
  push(piece: Buffer, take: (message: Buffer) => void): void {
    const bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece])
    const ends = new LineEnds(bytes)
    let at = 0
    while (at < bytes.length) {
      const next = this.#next(bytes, at, ends, take)
      if (next === at) break
      at = next
    }
    // A copy: the piece is a slice of a larger buffer that should not be held.
    this.#rest = Buffer.from(bytes.subarray(at))
  }

  /** The stream has ended: what is left is a message too. */
  end(take: (message: Buffer) => void): void {
    if (this.#rest.length > 0) take(this.#rest)
    this.#rest = Buffer.alloc(0)
  }

  /** Where the next frame begins; `at` itself when more bytes have to come first. */
  #next(bytes: Buffer, at: number, ends: LineEnds, take: (message: Buffer) => void): number {
    if (this.#skipBytes > 0) {
      const skipped = Math.min(this.#skipBytes, bytes.length - at)
      this.#skipBytes -= skipped
      return at + skipped
    }
    const counted = this.#skipLine ? null : countAt(bytes, at)
    if (counted === 'more') return at
    if (counted !== null) return this.#counted(bytes, at, counted, take)
    const end = ends.after(at)
    if (this.#skipLine) {
      this.#skipLine = end === -1
      return end === -1 ? bytes.length : end + 1
    }
    const length = (end === -1 ? bytes.length : end) - at
    if (end === -1 && length < longestFrameBytes) return at
    if (length > 0) take(bytes.subarray(at, at + Math.min(length, longestFrameBytes)))
    this.#skipLine = end === -1
    return end === -1 ? bytes.length : end + 1
  }

  #counted(bytes: Buffer, at: number, { header, length }: { header: number, length: number }, take: (message: Buffer) => void): number {
    const kept = Math.min(length, longestFrameBytes)
    if (bytes.length - at < header + kept) return at
    take(bytes.subarray(at + header, at + header + kept))
    this.#skipBytes = length - kept
    return at + header + kept
  }
}

/** The count at the beginning of an octet-counted frame: digits, a space, and the message's `<`. */
function countAt(bytes: Buffer, at: number): { header: number, length: number } | 'more' | null {
  if (bytes[at]! < 0x31 || bytes[at]! > 0x39) return null
  const head = bytes.toString('latin1', at, at + 10)
  const start = /^([1-9]\d{0,7})( <?)?/.exec(head)!
  if (start[2] === ' <') return Number(start[1]) > mostCounted ? null : { header: start[1]!.length + 1, length: Number(start[1]) }
  return start[0].length === head.length && head.length < 10 ? 'more' : null
}

/** Line ends of a piece, in order. Each kind is looked for only behind the last one found: else short lines would have the piece searched to its end for each. */
class LineEnds {
  readonly #bytes: Buffer
  #feed = -2
  #nul = -2

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** The next one at or behind `at`; -1 when there is none. */
  after(at: number): number {
    if (this.#feed !== -1 && this.#feed < at) this.#feed = this.#bytes.indexOf(lineFeed, at)
    if (this.#nul !== -1 && this.#nul < at) this.#nul = this.#bytes.indexOf(nul, at)
    return this.#feed === -1 || this.#nul === -1 ? Math.max(this.#feed, this.#nul) : Math.min(this.#feed, this.#nul)
  }
}
