import { textual, type Type } from '../../yaml/index.js'
import { parseGoUrl, redactUrl } from '../../go/url.js'

/** A URL, kept as written and printed without its password (`config.URL` of prometheus/common). */
export const url: Type<string> = textual(
  'string',
  () => '',
  (text) => {
    parseGoUrl(text)
    return text
  },
  (value) => (value === '' ? undefined : redactUrl(value)),
)
