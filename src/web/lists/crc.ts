import { crc32 } from 'node:zlib'

// The polynomial of CRC-32, reversed, as gzip has it (RFC 1952, section 8).
const polynomial = 0xedb88320

/** The checksum of some bytes that stand alone, and what it takes to put others before them. */
export interface Checksum {
  readonly crc: number
  /** x to the power of their length in bits, modulo the polynomial. */
  readonly shift: number
}

export function checksumOf(bytes: Buffer): Checksum {
  return { crc: crc32(bytes), shift: power(bytes.length) }
}

/** The checksum of what comes before together with what follows (zlib's `crc32_combine`). */
export function combine(before: number, { crc, shift }: Checksum): number {
  return (multiply(shift, before) ^ crc) >>> 0
}

/** x to the power of the number of bits in this many bytes, modulo the polynomial. */
function power(bytes: number): number {
  let result = 1 << 31
  // x to the power of 8, and then of 16, 32, ...; not in bits, since there may be too many to count.
  let factor = 1 << 23
  for (let left = bytes; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = multiply(factor, result)
    factor = multiply(factor, factor)
  }
  return result
}

/** The product of two polynomials modulo the third; the highest bit is the lowest power. */
function multiply(a: number, b: number): number {
  let product = 0
  let shifted = b
  for (let rest = a; rest !== 0; rest <<= 1) {
    if (rest < 0) product ^= shifted
    shifted = (shifted & 1) === 0 ? shifted >>> 1 : (shifted >>> 1) ^ polynomial
  }
  return product
}
