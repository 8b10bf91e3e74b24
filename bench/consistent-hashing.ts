/**
 * What OpenTelemetry's Target Allocator does by its strategy `consistent-hashing`: github.com/buraksezer/consistent with
 * 1061 partitions, 5 virtual nodes and a load of 1.1, over xxhash64.
 */
import { Buffer } from 'node:buffer'

const partitions = 1061
const virtualNodes = 5
const load = 1.1

/** Gives the members of targets, by name. */
export class ConsistentHashing {
  readonly #owners: readonly string[]

  constructor(members: readonly string[]) {
    const ring = members.flatMap((member) =>
      Array.from({ length: virtualNodes }, (_, i) => ({
        at: xxhash64(Buffer.from(`${member}${String(i)}`)),
        member,
      })),
    )
    ring.sort((a, b) => (a.at < b.at ? -1 : 1))
    const most = Math.ceil((partitions / members.length) * load)
    const loads = new Map<string, number>()
    this.#owners = Array.from({ length: partitions }, (_, partition) => {
      const bytes = Buffer.alloc(8)
      bytes.writeUInt32LE(partition)
      const key = xxhash64(bytes)
      const first = Math.max(
        0,
        ring.findIndex(({ at }) => at >= key),
      )
      for (let i = 0; i < ring.length; i += 1) {
        const member = ring[(first + i) % ring.length]?.member ?? ''
        const taken = loads.get(member) ?? 0
        if (taken + 1 > most) continue
        loads.set(member, taken + 1)
        return member
      }
      throw new Error('not enough room to distribute partitions')
    })
  }

  owner(target: string): string {
    return this.#owners[Number(xxhash64(Buffer.from(target)) % BigInt(partitions))] ?? ''
  }
}

const [p1, p2, p3, p4, p5] = [
  0x9e3779b185ebca87n,
  0xc2b2ae3d27d4eb4fn,
  0x165667b19e3779f9n,
  0x85ebca77c2b2ae63n,
  0x27d4eb2f165667c5n,
] as const

const wrap = (value: bigint): bigint => BigInt.asUintN(64, value)
const rotate = (value: bigint, by: bigint): bigint => wrap((value << by) | (value >> (64n - by)))
const round = (sum: bigint, lane: bigint): bigint => wrap(rotate(wrap(sum + lane * p2), 31n) * p1)

/** xxHash64 with seed 0. */
export function xxhash64(bytes: Buffer): bigint {
  let at = 0
  let hash: bigint = p5
  if (bytes.length >= 32) {
    const sums = [wrap(p1 + p2), p2, 0n, wrap(-p1)]
    for (; at + 32 <= bytes.length; at += 32) {
      for (const lane of sums.keys()) {
        sums[lane] = round(sums[lane] ?? 0n, bytes.readBigUInt64LE(at + lane * 8))
      }
    }
    const [a = 0n, b = 0n, c = 0n, d = 0n] = sums
    hash = wrap(rotate(a, 1n) + rotate(b, 7n) + rotate(c, 12n) + rotate(d, 18n))
    for (const sum of sums) hash = wrap((hash ^ round(0n, sum)) * p1 + p4)
  }
  hash = wrap(hash + BigInt(bytes.length))
  for (; at + 8 <= bytes.length; at += 8) {
    hash = wrap(rotate(hash ^ round(0n, bytes.readBigUInt64LE(at)), 27n) * p1 + p4)
  }
  if (at + 4 <= bytes.length) {
    hash = wrap(rotate(hash ^ wrap(BigInt(bytes.readUInt32LE(at)) * p1), 23n) * p2 + p3)
    at += 4
  }
  for (; at < bytes.length; at += 1) {
    hash = wrap(rotate(hash ^ wrap(BigInt(bytes[at] ?? 0) * p5), 11n) * p1)
  }
  hash = wrap((hash ^ (hash >> 33n)) * p2)
  hash = wrap((hash ^ (hash >> 29n)) * p3)
  return hash ^ (hash >> 32n)
}
