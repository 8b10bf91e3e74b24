import type { TargetGroup } from './target-group.js'

/** More than this, groups and targets together, does not fit into one turn of the event loop. */
const maxAtOnce = 20_000
/** So much of a large batch is worked in at a time. */
const partSize = 4000

/** Whether a batch is large; what is wrong with it is found later. */
export function isLarge(batch: readonly TargetGroup[]): boolean {
  if (!Array.isArray(batch)) return false
  let size = 0
  for (const group of batch as readonly (Partial<TargetGroup> | null | undefined)[]) {
    size += 1 + (group?.targets?.length ?? 0)
    if (size > maxAtOnce) return true
  }
  return false
}

/** Cuts a batch into parts; a small one is one part. */
export function batchParts(batch: readonly TargetGroup[]): readonly (readonly TargetGroup[])[] {
  const parts: (readonly TargetGroup[])[] = []
  let from = 0
  let size = 0
  for (const [at, { targets }] of batch.entries()) {
    if (size >= partSize) {
      parts.push(batch.slice(from, at))
      from = at
      size = 0
    }
    size += 1 + targets.length
  }
  return [...parts, batch.slice(from)]
}
