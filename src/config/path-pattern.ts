import path from 'node:path'
import { goQuote } from '../go/quote.js'
import { textual, type Type } from '../yaml/index.js'

const oneStarAtTheEnd = /^[^*]*(?:\*[^/]*)?$/

/**
 * A file name that may have a `*` in its last part, relative ones from the folder of the config file.
 * @param what names the list in the error text: `rule file`
 */
export function pathPattern(what: string): Type<string> {
  return textual(
    'string',
    () => '',
    (written, at) => {
      if (!oneStarAtTheEnd.test(written))
        throw new Error(`invalid ${what} path ${goQuote(written)}`)
      return written === '' || path.isAbsolute(written) ? written : path.join(at.directory, written)
    },
    (value) => value,
  )
}
