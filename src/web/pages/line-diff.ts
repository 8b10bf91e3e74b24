/** One line of a comparison. */
export interface DiffLine {
  readonly kind: 'same' | 'added' | 'removed'
  readonly text: string
}

/** Texts with more differences than this are not compared line by line. */
const mostDifferences = 1000

/**
 * Compares two texts line by line, by Myers' algorithm: as few lines added and removed as can be.
 * @returns undefined where more than a thousand lines are added and removed
 */
export function lineDiff(
  before: readonly string[],
  after: readonly string[],
): readonly DiffLine[] | undefined {
  let start = 0
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1
  let [endBefore, endAfter] = [before.length, after.length]
  while (endBefore > start && endAfter > start && before[endBefore - 1] === after[endAfter - 1]) {
    endBefore -= 1
    endAfter -= 1
  }
  const middle = shortest(before.slice(start, endBefore), after.slice(start, endAfter))
  if (middle === undefined) return undefined
  return [...before.slice(0, start).map(same), ...middle, ...before.slice(endBefore).map(same)]
}

function same(text: string): DiffLine {
  return { kind: 'same', text }
}

function shortest(
  before: readonly string[],
  after: readonly string[],
): readonly DiffLine[] | undefined {
  // How far each diagonal was followed, for each number of differences; diagonals count from -`mostDifferences`.
  const steps: Int32Array[] = []
  const middle = mostDifferences + 1
  const ends = new Int32Array(2 * middle + 1)
  for (let differences = 0; differences <= mostDifferences; differences += 1) {
    for (let diagonal = -differences; diagonal <= differences; diagonal += 2) {
      const at = middle + diagonal
      const goesDown =
        diagonal === -differences ||
        (diagonal !== differences && (ends[at - 1] ?? 0) < (ends[at + 1] ?? 0))
      let x = goesDown ? (ends[at + 1] ?? 0) : (ends[at - 1] ?? 0) + 1
      while (
        x < before.length &&
        x - diagonal < after.length &&
        before[x] === after[x - diagonal]
      ) {
        x += 1
      }
      ends[at] = x
      if (x >= before.length && x - diagonal >= after.length) {
        return pathOf(before, after, steps)
      }
    }
    // Only what this round may have reached is kept.
    steps.push(ends.slice(middle - differences - 1, middle + differences + 2))
  }
  return undefined
}

/** The way back, from the ends of both texts. */
function pathOf(
  before: readonly string[],
  after: readonly string[],
  steps: readonly Int32Array[],
): readonly DiffLine[] {
  const lines: DiffLine[] = []
  let x = before.length
  let y = after.length
  for (let differences = steps.length; differences > 0; differences -= 1) {
    const ends = steps[differences - 1] ?? new Int32Array()
    const end = (diagonal: number): number => ends[diagonal + differences] ?? 0
    const diagonal = x - y
    const goesDown =
      diagonal === -differences ||
      (diagonal !== differences && end(diagonal - 1) < end(diagonal + 1))
    const previous = goesDown ? diagonal + 1 : diagonal - 1
    const fromX = end(previous)
    const fromY = fromX - previous
    while (x > fromX && y > fromY && x > 0 && y > 0 && before[x - 1] === after[y - 1]) {
      lines.push(same(before[x - 1] ?? ''))
      x -= 1
      y -= 1
    }
    if (goesDown) lines.push({ kind: 'added', text: after[fromY] ?? '' })
    else lines.push({ kind: 'removed', text: before[fromX] ?? '' })
    x = fromX
    y = fromY
  }
  while (x > 0) {
    lines.push(same(before[x - 1] ?? ''))
    x -= 1
  }
  return lines.toReversed()
}

/** The lines that differ, each with some lines around it; what is between is left out and counted. */
export function hunks(
  lines: readonly DiffLine[],
  around: number,
): readonly (DiffLine | { readonly kind: 'skipped'; readonly count: number })[] {
  const isShown = new Uint8Array(lines.length)
  for (const [i, { kind }] of lines.entries()) {
    if (kind !== 'same') isShown.fill(1, Math.max(0, i - around), i + around + 1)
  }
  const shown: (DiffLine | { readonly kind: 'skipped'; readonly count: number })[] = []
  let skipped = 0
  for (const [i, line] of lines.entries()) {
    if (isShown[i] === 0) {
      skipped += 1
      continue
    }
    if (skipped > 0) shown.push({ kind: 'skipped', count: skipped })
    skipped = 0
    shown.push(line)
  }
  if (skipped > 0) shown.push({ kind: 'skipped', count: skipped })
  return shown
}
