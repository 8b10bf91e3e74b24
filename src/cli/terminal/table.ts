import { visibleLine } from '../../go/visible.js'
import { type Line, type Part, type Styled, styled } from './styled.js'
import { clipTo, widthOf } from './width.js'

/** A column of a table. */
export interface Column {
  readonly title: string
  /** Numbers stand at the right. */
  readonly align?: 'left' | 'right'
  /** How narrow it may get where the window is; left out: its cells are never cut. */
  readonly least?: number
}

const gap = '  '

/**
 * A table that fits the window: a line of titles, then the rows. Where it does not fit, the columns that
 * may be cut get narrower, the widest first; what is cut ends with an ellipsis.
 * @param columns those of the table
 * @param rows a cell for each column
 * @param width columns of the window; `Infinity` cuts nothing
 */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly Part[])[],
  width: number,
): readonly Line[] {
  const cells = rows.map((row) => columns.map((_, i) => visible(row[i] ?? '')))
  const widths = columns.map(({ title }, i) =>
    cells.reduce((most, row) => Math.max(most, widthOf(textOf(row[i]))), widthOf(title)),
  )
  narrow(widths, columns, width - gap.length * (columns.length - 1))
  const head = columns.map(({ title }) => styled('bold', title))
  return [head, ...cells].map((row) => lineOf(row, columns, widths))
}

function lineOf(
  row: readonly Part[],
  columns: readonly Column[],
  widths: readonly number[],
): readonly Part[] {
  // Nothing is put behind the last cell with something in it.
  const last = row.findLastIndex((cell) => textOf(cell) !== '')
  return columns.slice(0, last + 1).flatMap(({ align }, i) => {
    const cell = row[i] ?? ''
    const text = clipTo(textOf(cell), widths[i] ?? 0)
    const space = ' '.repeat(Math.max(0, (widths[i] ?? 0) - widthOf(text)))
    const part = typeof cell === 'string' ? text : styled(cell.style, text)
    const before = i === 0 ? '' : gap
    if (align === 'right') return [`${before}${space}`, part]
    return [before, part, i === last ? '' : space]
  })
}

/** Takes columns from the widest that may be cut until all fit, or none may be cut any more. */
function narrow(widths: number[], columns: readonly Column[], room: number): void {
  const least = columns.map((column, i) => column.least ?? widths[i] ?? 0)
  const excess = (): number => widths.reduce((sum, width) => sum + width, 0) - room
  while (excess() > 0) {
    const open = widths.flatMap((width, i) => (width > (least[i] ?? 0) ? [i] : []))
    if (open.length === 0) return
    const most = Math.max(...open.map((i) => widths[i] ?? 0))
    const widest = open.filter((i) => widths[i] === most)
    // Down to the next widest at once, so that a cell of a megabyte takes no longer than any other.
    const next = Math.max(
      ...open.map((i) => (widths[i] === most ? (least[i] ?? 0) : (widths[i] ?? 0))),
    )
    const step = Math.max(1, Math.min(most - next, Math.ceil(excess() / widest.length)))
    for (const i of widest) {
      if (excess() > 0) widths[i] = Math.max(least[i] ?? 0, most - step)
    }
  }
}

function visible(cell: Part): Part {
  return typeof cell === 'string'
    ? visibleLine(cell)
    : { style: cell.style, text: visibleLine(cell.text) }
}

function textOf(cell: string | Styled | undefined): string {
  return typeof cell === 'object' ? cell.text : (cell ?? '')
}
