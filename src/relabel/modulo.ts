import { tailHasher } from './md5.js'

/**
 * Makes the function of `hashmod`: the MD5 of a text, its last eight bytes as one big-endian number,
 * modulo `modulus`, in decimal.
 */
export function hashModulo(modulus: number | bigint): (text: string) => string {
  const hash = tailHasher()
  const divisor = Number(modulus)
  // (2^32 mod d)·(d-1) + 2^32 must stay exact.
  if (divisor <= 2 ** 20) {
    const carry = 2 ** 32 % divisor
    return (text) => {
      const { high, low } = hash(text)
      return String(((high % divisor) * carry + low) % divisor)
    }
  }
  const wide = BigInt(modulus)
  return (text) => {
    const { high, low } = hash(text)
    return String(((BigInt(high) << 32n) | BigInt(low)) % wide)
  }
}
