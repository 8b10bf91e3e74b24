import { shownEvent } from './pages.js'
import type { Visits } from './visits.js'

/** No list is scrolled through further: browsers limit how high an element may be. The search finds the rest. */
const mostRows = 100_000
/** Other rows are asked for when fewer than these are left above or below what is seen. */
const spareRows = 8

/**
 * Scrolls through a list of which the page has only some rows, those around what is seen: an element above and one below
 * them take the room of the others. Without the script the same rows come in parts, by links.
 */
export function startRowWindow(visits: Visits): void {
  let current: RowWindow | undefined
  const find = (): void => {
    const region = document.querySelector<HTMLElement>('[data-window]')
    if (region === null) current = undefined
    else if (current?.region === region) current.shown()
    else current = new RowWindow(region, visits)
  }
  find()
  document.addEventListener(shownEvent, find)
}

/** Which rows of the list the page has. */
interface Rows {
  readonly offset: number
  readonly count: number
  readonly total: number
}

class RowWindow {
  readonly region: HTMLElement
  readonly #visits: Visits
  readonly #above = room()
  readonly #below = room()
  /** Of a row, in pixels: all have one, which is measured once. A measurement makes the browser lay out the page at once. */
  #height = 0
  /** What is searched for: the address without the place in the list. */
  #search = addressAt(0)
  /** The reader has scrolled. */
  #isMoved = false
  #isWaiting = false

  constructor(region: HTMLElement, visits: Visits) {
    this.region = region
    this.#visits = visits
    region.prepend(this.#above)
    region.append(this.#below)
    this.#layOut()
    const { offset } = rowsIn(region)
    if (offset > 0) region.scrollTop = offset * this.#height
    // Another text size, or another window: rows are as high as their text.
    addEventListener('resize', () => this.#resized())
    region.addEventListener(
      'scroll',
      () => {
        this.#isMoved = true
        this.#scrolled()
      },
      { passive: true },
    )
  }

  /** The region has other rows now. */
  shown(): void {
    this.#layOut()
    const search = addressAt(0)
    if (search !== this.#search && this.#isMoved) {
      this.region.scrollTop = 0
      this.#isMoved = false
    }
    this.#search = search
    // Once the browser has laid out what is new.
    this.#scrolled()
  }

  #layOut(): void {
    if (this.#height === 0) this.#height = rowHeightIn(this.region)
    const { offset, count, total } = rowsIn(this.region)
    const rest = Math.max(0, Math.min(total, mostRows) - offset - count)
    this.#above.style.height = `${String(offset * this.#height)}px`
    this.#below.style.height = `${String(rest * this.#height)}px`
  }

  #resized(): void {
    if (!this.region.isConnected) return
    this.#height = 0
    this.#layOut()
  }

  #scrolled(): void {
    if (this.#isWaiting) return
    this.#isWaiting = true
    requestAnimationFrame(() => {
      this.#isWaiting = false
      this.#look()
    })
  }

  #look(): void {
    const wanted = offsetFor(this.region, this.#height)
    if (wanted !== undefined) void this.#visits.visit(addressAt(wanted))
  }
}

function room(): HTMLElement {
  const element = document.createElement('div')
  element.className = 'room'
  element.setAttribute('data-own', '')
  element.setAttribute('aria-hidden', 'true')
  return element
}

function rowsIn(region: HTMLElement): Rows {
  return {
    offset: Number(region.dataset['window'] ?? 0),
    count: region.querySelectorAll('tbody tr').length,
    total: Number(region.dataset['total'] ?? 0),
  }
}

/** Pixels; 0 where there is no row. */
function rowHeightIn(region: HTMLElement): number {
  const rows = region.querySelectorAll<HTMLElement>('tbody tr')
  const [first, last] = [rows[0], rows[rows.length - 1]]
  if (first === undefined || last === undefined) return 0
  return (last.offsetTop + last.offsetHeight - first.offsetTop) / rows.length
}

/** Where the rows should begin that the page has; undefined where they will do. */
function offsetFor(region: HTMLElement, height: number): number | undefined {
  const { offset, count, total } = rowsIn(region)
  if (height === 0) return undefined
  const end = Math.min(total, mostRows)
  const first = Math.min(end, Math.floor(region.scrollTop / height))
  const seen = Math.ceil(region.clientHeight / height)
  const isEnough =
    (offset === 0 || first - spareRows >= offset) &&
    (offset + count >= end || first + seen + spareRows <= offset + count)
  if (isEnough) return undefined
  const wanted = Math.max(0, Math.min(first - Math.floor((count - seen) / 2), end - count))
  return wanted === offset ? undefined : wanted
}

/** The address of the page, at another place in its list. */
function addressAt(offset: number): string {
  const url = new URL(location.href)
  if (offset === 0) url.searchParams.delete('offset')
  else url.searchParams.set('offset', String(offset))
  return url.href
}
