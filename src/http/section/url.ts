import { textual, type Type } from '../../yaml/index.js'
import { printUrl } from '../../go/format-url.js'
import { parseGoUrl } from '../../go/url.js'

/** A URL, kept as written, and printed as Go does without its password (`config.URL` of prometheus/common), unless secrets are revealed. */
export const url: Type<string> = textual(
  'string',
  () => '',
  (text) => {
    parseGoUrl(text)
    return text
  },
  (value, secrets) => {
    if (value === '') return undefined
    return secrets === 'revealed' ? value : printUrl(value)
  },
)
