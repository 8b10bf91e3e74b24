const block = 65_536

/** How many bytes two files have in common at their beginning. */
export function commonPrefix(a: Buffer, b: Buffer): number {
  const length = Math.min(a.length, b.length)
  let at = 0
  // Whole blocks are compared natively; only the last one is looked at byte by byte.
  while (at + block <= length && a.subarray(at, at + block).equals(b.subarray(at, at + block))) {
    at += block
  }
  while (at < length && a[at] === b[at]) at += 1
  return at
}

/** How many bytes two files have in common at their end, of at most `limit`. */
export function commonSuffix(a: Buffer, b: Buffer, limit: number): number {
  let size = 0
  while (
    size + block <= limit &&
    a
      .subarray(a.length - size - block, a.length - size)
      .equals(b.subarray(b.length - size - block, b.length - size))
  ) {
    size += block
  }
  while (size < limit && a[a.length - size - 1] === b[b.length - size - 1]) size += 1
  return size
}
