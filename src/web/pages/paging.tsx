import type { Html } from './html.js'
import type { PageRequest } from './page.js'
import { count } from './text.js'

/** Rows of a long table are shown this many at a time. */
export const pageLength = 50

export interface Paged<T> {
  readonly rows: readonly T[]
  readonly offset: number
  readonly total: number
}

/** The rows of a list that the query parameter `offset` asks for. */
export function paged<T>(request: PageRequest, all: readonly T[]): Paged<T> {
  const asked = request.query('offset')
  const wanted = /^\d{1,9}$/.test(asked) ? Number(asked) : 0
  const offset = Math.min(wanted, Math.max(0, all.length - 1))
  return { rows: all.slice(offset, offset + pageLength), offset, total: all.length }
}

/** `path?q=a&offset=3`: parameters without a value are left out. */
export function withQuery(
  path: string,
  parameters: Readonly<Record<string, string | number>>,
): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== '')
  const query = new URLSearchParams(
    given.map(([name, value]): [string, string] => [name, String(value)]),
  )
  return query.size === 0 ? path : `${path}?${query.toString()}`
}

/** Where in a long list the page is, with links to what is before and behind; nothing where all is shown. */
export function Pager(props: {
  readonly path: string
  readonly parameters: Readonly<Record<string, string>>
  readonly paged: Paged<unknown>
  readonly noun: string
}): Html | null {
  const { path, parameters, noun } = props
  const { offset, rows, total } = props.paged
  const end = offset + rows.length
  if (offset === 0 && end === total) return null
  const to = (at: number): string => withQuery(path, { ...parameters, offset: at === 0 ? '' : at })
  return (
    <nav class="pager" aria-label={`Parts of the list of ${noun}`}>
      {offset > 0 ? <a href={to(Math.max(0, offset - pageLength))}>Previous {pageLength}</a> : null}
      <span>
        {count(offset + 1)} to {count(end)} of {count(total)} {noun}
      </span>
      {end < total ? <a href={to(end)}>Next {Math.min(pageLength, total - end)}</a> : null}
    </nav>
  )
}
