import { Buffer } from 'node:buffer'

// The constants of RFC 1321.
const sines = Int32Array.from({ length: 64 }, (_, i) => (Math.abs(Math.sin(i + 1)) * 2 ** 32) | 0)
const shifts = Uint8Array.of(7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21)

/** The last eight bytes of a digest as two unsigned 32-bit numbers. */
export interface Tail {
  high: number
  low: number
}

/**
 * Makes a function that gives the last eight bytes of a text's MD5, which is what `hashmod` counts
 * with. For the short texts of labels it is several times faster than one digest of node:crypto.
 * The result is the same object each time, overwritten.
 */
export function tailHasher(): (text: string) => Readonly<Tail> {
  const state = new Int32Array(4)
  const block = new Int32Array(16)
  const tail: Tail = { high: 0, low: 0 }
  return (text) => {
    state[0] = 0x67452301
    state[1] = 0xefcdab89
    state[2] = 0x98badcfe
    state[3] = 0x10325476
    if (!fillShort(block, text)) {
      digestLong(state, block, Buffer.from(text, 'utf8'))
    }
    digest(state, block)
    tail.high = swap(state[2])
    tail.low = swap(state[3])
    return tail
  }
}

/** Puts a text of one block in place, its end and length included; false where it is longer or not ASCII. */
function fillShort(block: Int32Array, text: string): boolean {
  const { length } = text
  if (length > 55) return false
  block.fill(0)
  for (let i = 0; i < length; i += 1) {
    const code = text.charCodeAt(i)
    if (code > 0x7f) return false
    block[i >> 2] = (block[i >> 2] ?? 0) | (code << ((i & 3) << 3))
  }
  block[length >> 2] = (block[length >> 2] ?? 0) | (0x80 << ((length & 3) << 3))
  block[14] = length << 3
  return true
}

/** Digests all blocks but the last, and leaves that in `block`. */
function digestLong(state: Int32Array, block: Int32Array, bytes: Buffer): void {
  const blocks = ((bytes.length + 8) >> 6) + 1
  const padded = Buffer.alloc(blocks * 64)
  bytes.copy(padded)
  padded[bytes.length] = 0x80
  padded.writeBigUInt64LE(BigInt(bytes.length) * 8n, padded.length - 8)
  for (let at = 0; at < padded.length; at += 64) {
    for (let i = 0; i < 16; i += 1) block[i] = padded.readInt32LE(at + i * 4)
    if (at + 64 < padded.length) digest(state, block)
  }
}

function digest(state: Int32Array, block: Int32Array): void {
  let a = state[0] ?? 0
  let b = state[1] ?? 0
  let c = state[2] ?? 0
  let d = state[3] ?? 0
  // Four steps at a time, so that the four words change places without being moved.
  for (let i = 0; i < 64; i += 4) {
    const round = i >> 4
    const at = firstWord(round, i)
    const by = wordStep[round] ?? 1
    const shift = round << 2
    a = step(round, a, b, c, d, i, block[at] ?? 0, shifts[shift] ?? 0)
    d = step(round, d, a, b, c, i + 1, block[(at + by) & 15] ?? 0, shifts[shift + 1] ?? 0)
    c = step(round, c, d, a, b, i + 2, block[(at + 2 * by) & 15] ?? 0, shifts[shift + 2] ?? 0)
    b = step(round, b, c, d, a, i + 3, block[(at + 3 * by) & 15] ?? 0, shifts[shift + 3] ?? 0)
  }
  state[0] = (state[0] ?? 0) + a
  state[1] = (state[1] ?? 0) + b
  state[2] = (state[2] ?? 0) + c
  state[3] = (state[3] ?? 0) + d
}

/** The word of the block that step `i` takes, and by how much that moves from step to step. */
const wordStep = Uint8Array.of(1, 5, 3, 7)
const wordStart = Uint8Array.of(0, 1, 5, 0)

function firstWord(round: number, i: number): number {
  return ((wordStep[round] ?? 0) * i + (wordStart[round] ?? 0)) & 15
}

function step(
  round: number,
  a: number,
  b: number,
  c: number,
  d: number,
  i: number,
  word: number,
  shift: number,
): number {
  const mixed =
    round === 0
      ? (b & c) | (~b & d)
      : round === 1
        ? (d & b) | (~d & c)
        : round === 2
          ? b ^ c ^ d
          : c ^ (b | ~d)
  const sum = (a + mixed + (sines[i] ?? 0) + word) | 0
  return (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0
}

function swap(word = 0): number {
  return (
    (((word & 0xff) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0
  )
}
