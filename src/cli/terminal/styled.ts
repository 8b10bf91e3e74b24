import { visibleLine } from '../../go/visible.js'

/** How a text looks on a terminal with colours: their numbers in ECMA-48 (SGR). */
const styles = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, cyan: 36 } as const

export type Style = keyof typeof styles

/** A text with a style. It is kept apart from its style until it is printed, so that it can be escaped. */
export interface Styled {
  readonly style: Style
  readonly text: string
}

/** A part of a line. */
export type Part = string | Styled

/** A line of output. */
export type Line = Part | readonly Part[]

/** A text in a style. */
export function styled(style: Style, text: string): Styled {
  return { style, text }
}

/** The parts of a line. */
export function partsOf(line: Line): readonly Part[] {
  return Array.isArray(line) ? (line as readonly Part[]) : [line as Part]
}

/** A line as it is written: what others wrote is escaped, the styles are not. */
export function lineText(line: Line, hasColours: boolean): string {
  return partsOf(line)
    .map((part) => {
      if (typeof part === 'string') return visibleLine(part)
      const text = visibleLine(part.text)
      if (!hasColours || text === '') return text
      return `\u001B[${String(styles[part.style])}m${text}\u001B[0m`
    })
    .join('')
}
