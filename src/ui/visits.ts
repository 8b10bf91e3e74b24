import { getPage, showFault, showPage } from './pages.js'

/**
 * Shows other addresses of the page, one at a time. What is asked for meanwhile is shown next, and only the last of it: so
 * what is shown is never further behind than one answer. The address bar follows, so it can be handed on.
 */
export class Visits {
  #wanted: string | undefined
  #isAsking = false

  /** @returns when this address, or a later one, is shown */
  async visit(url: string): Promise<void> {
    this.#wanted = url
    if (this.#isAsking) return
    this.#isAsking = true
    try {
      for (let next = this.#next(); next !== undefined; next = this.#next()) await show(next)
    } finally {
      this.#isAsking = false
    }
  }

  #next(): string | undefined {
    const next = this.#wanted
    this.#wanted = undefined
    return next
  }
}

async function show(url: string): Promise<void> {
  try {
    const page = await getPage(url, new AbortController().signal)
    history.replaceState(null, '', url)
    showPage(page)
    showFault(undefined)
  } catch (error) {
    showFault(error instanceof Error ? error.message : String(error))
  }
}
