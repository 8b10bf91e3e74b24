import { AnswerError } from './errors.js'

const mostPages = 10_000

/**
 * Asks for page after page of a list whose next page has a token that goes into a body. (`Api.pages` is for those
 * whose next page has a URL.)
 * @param ask asks for the page with this token; undefined for the first one
 * @param next the token of the page after this one; empty or undefined after the last
 * @param at what is asked, for errors
 * @throws {AnswerError} for a token that was there before, and for ten thousand pages: such a list would not end
 */
export async function* pagesOf<P>(
  ask: (token: string | undefined) => Promise<P>,
  next: (page: P) => string | undefined,
  at: string,
): AsyncGenerator<P, void, void> {
  const seen = new Set<string>()
  for (let token: string | undefined; ; ) {
    const page: P = await ask(token)
    yield page
    token = next(page)
    if (token === undefined || token === '') return
    if (seen.has(token)) {
      throw new AnswerError(`${at}: the list of pages does not end: it leads back to this page`)
    }
    if (seen.size >= mostPages) {
      throw new AnswerError(`${at}: the list has more than ${String(mostPages)} pages`)
    }
    seen.add(token)
  }
}
