/** One ```ts block of a page. */
export interface Fence {
  /** What stands behind `file=` in its first line. */
  readonly file: string | undefined
  /** The heading it stands under. */
  readonly heading: string
  readonly code: string
}

/** The TypeScript blocks of a markdown page, in order. */
export function fencesOf(page: string): readonly Fence[] {
  const fences: Fence[] = []
  let heading = ''
  for (const match of page.matchAll(/^#+ (.*)$|^```ts(?: file=(\S+))?\n([^]*?)^```$/gmu)) {
    const [, title, file, code] = match
    if (title !== undefined) heading = title
    else fences.push({ file, heading, code: code ?? '' })
  }
  return fences
}
