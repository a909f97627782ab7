/** Numbers from a seed: the same seed gives the same inputs. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** A whole number from 0 up to, not including, `below` (mulberry32). */
  below(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)))
  }
}

/** What breaks parsers: ends of numbers, quotes of every language at hand, control and direction-changing characters, prototypes, half a UTF-8 character. */
export const nasty: readonly string[] = [
  '', ' ', '\0', '\n', '\r\n', '\t', '\u001b[31m', '\u202e', '\ufeff', '\u2028', '"', "'", '`', '\\', '${reboot}', '$(reboot)', '`reboot`', '||', '&&', ';', '#', '{{because}}', '<!--', '%00', '%', '%zz', '%ff%fe', '%0a', '+', '&', '=', '?',
  '__proto__', 'constructor', 'prototype', 'toString', 'null', 'undefined', 'NaN', 'true', '[]', '{}', '-1', '0', '1e309', '9007199254740993', '18446744073709551616', '00', '../..', '/etc/passwd', '//', 'ff:ff:ff:ff:ff:ff', '00:00:00:00:00:00',
  'chain http://x/', '\nboot', '\n:failed\n', 'é', '😀', '\ud800', 'A'.repeat(300), ' '.repeat(2000), ':'.repeat(64), '0'.repeat(40),
]

/** A few changes to some bytes: bits, pieces taken out, doubled, moved or cut off, and words that break parsers. */
export function mutate(random: Random, original: Buffer): Buffer {
  let bytes = Buffer.from(original)
  for (let changes = 1 + random.below(6); changes > 0; changes -= 1) {
    const at = random.below(bytes.length + 1)
    const length = random.below(Math.min(bytes.length - at, 512) + 1)
    const [before, piece, after] = [bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at + length)]
    switch (random.below(7)) {
      case 0: if (at < bytes.length) bytes[at] = bytes[at]! ^ (1 << random.below(8)); break
      case 1: bytes = Buffer.concat([before, after]); break
      case 2: bytes = Buffer.concat([before, piece, piece, after]); break
      case 3: bytes = Buffer.concat([before, Buffer.from(random.pick(nasty)), after]); break
      case 4: bytes = Buffer.concat([before, random.bytes(1 + random.below(16)), after]); break
      case 5: if (random.below(4) === 0) bytes = Buffer.from(before); break
      default: bytes = Buffer.concat([before, after.subarray(0, length), piece, after.subarray(length)])
    }
  }
  return bytes
}
