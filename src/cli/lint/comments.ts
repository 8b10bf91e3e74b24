import type { Place } from '../../yaml/index.js'
import type { Complaint, Finding } from './finding.js'

/** The code of what is found about the comments themselves. */
export const commentCode = 'M100'

/** A comment `# muster-lint: disable=M104,M105`. */
interface Silence {
  readonly place: Place
  readonly codes: readonly string[]
  /** The lines that it is about. */
  readonly first: number
  readonly last: number
}

const written = /(?:^|\s)#\s*muster-lint:(?<what>.*)$/u
const disable = /^\s*disable\s*=\s*(?<codes>[^\s,]+(?:\s*,\s*[^\s,]+)*)(?:\s|$)/u

/** What the comments of one file silence. */
export class Comments {
  readonly #silences: Silence[] = []
  readonly #used = new Set<string>()
  readonly #malformed: Complaint[] = []

  constructor(file: string, text: string) {
    // A file without any is the common case, and may be long.
    if (!text.includes('muster-lint:')) return
    const lines = text.split(/\r?\n/u)
    for (const [i, line] of lines.entries()) {
      const found = written.exec(line)
      if (found === null) continue
      const column = line.indexOf('#', found.index) + 1
      const place: Place = { file, line: i + 1, column, path: '' }
      const codes = disable.exec(found.groups?.['what'] ?? '')?.groups?.['codes']
      if (codes === undefined) {
        const message =
          'this comment is not understood; write # muster-lint: disable=M104, or several codes with commas'
        this.#malformed.push({ place, message })
        continue
      }
      const [first, last] = rangeOf(lines, i)
      this.#silences.push({ place, codes: codes.split(/\s*,\s*/u), first, last })
    }
  }

  /** Whether a comment silences a finding. */
  silences({ code, place: { line } }: Finding): boolean {
    let isSilenced = false
    for (const { codes, first, last, place } of this.#silences) {
      if (!codes.includes(code) || line < first || line > last) continue
      isSilenced = true
      this.#used.add(`${String(place.line)} ${code}`)
    }
    return isSilenced
  }

  /**
   * What is wrong with the comments, once all findings were asked about.
   * @param all the codes there are
   * @param looked those that were looked for: of the others it is not known what they would find
   */
  complaints(all: ReadonlySet<string>, looked: ReadonlySet<string>): readonly Complaint[] {
    const useless = this.#silences.flatMap(({ codes, place }) =>
      codes.flatMap((code): readonly Complaint[] => {
        if (!all.has(code)) {
          return [{ place, message: `there is no code ${code}; muster lint --help lists them` }]
        }
        if (!looked.has(code) || this.#used.has(`${String(place.line)} ${code}`)) return []
        return [{ place, message: `${code} is not found here; remove it from the comment` }]
      }),
    )
    return [...this.#malformed, ...useless]
  }
}

/**
 * The lines that a comment is about: its own where something stands before it; else the next item or key
 * with all that is in it, which is what is indented further.
 */
function rangeOf(lines: readonly string[], at: number): readonly [first: number, last: number] {
  if (!isComment(lines[at])) return [at + 1, at + 1]
  let start = at + 1
  while (start < lines.length && (isComment(lines[start]) || isEmpty(lines[start]))) start += 1
  const head = lines[start]
  if (head === undefined) return [at + 1, at + 1]
  const indent = indentOf(head)
  let end = start + 1
  for (; end < lines.length; end += 1) {
    const line = lines[end]
    if (isEmpty(line) || isComment(line)) continue
    if (indentOf(line) > indent) continue
    // The items of a list may stand right below their key.
    const isItem = /^\s*-(?:\s|$)/u.test(line ?? '') && !/^\s*-(?:\s|$)/u.test(head)
    if (indentOf(line) < indent || !isItem) break
  }
  return [start + 1, end]
}

function isComment(line = ''): boolean {
  return /^\s*#/u.test(line)
}

function isEmpty(line = ''): boolean {
  return line.trim() === ''
}

function indentOf(line = ''): number {
  return line.length - line.trimStart().length
}
