import { statusLine } from '../../http/index.js'
import { readJsonOrNothing, type Refusal } from './api.js'
import type { Shape } from './shape.js'

/**
 * The error text for an answer of no use whose body says why: the status, and the server's own words. A body that
 * does not say it gives the usual text, with the URL.
 * @param said the words in such a body; empty for none
 */
export function refusalFrom<T>(shape: Shape<T>, said: (body: T) => string): Refusal {
  return (response) => {
    const words = said(readJsonOrNothing(shape, response))
    return words === ''
      ? undefined
      : `server returned HTTP status ${statusLine(response)}: ${words}`
  }
}
