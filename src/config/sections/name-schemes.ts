import { textual, type Type } from '../../yaml/index.js'
import { goQuote } from '../../go/quote.js'

/** Which texts may be names; empty where a section leaves the choice to `global`. */
export type ValidationScheme = '' | 'utf8' | 'legacy'

/** How names that are more than `legacy` are asked for. */
export type EscapingScheme = '' | 'allow-utf-8' | 'underscores' | 'dots' | 'values'

const escapings: readonly EscapingScheme[] = ['allow-utf-8', 'underscores', 'dots', 'values']

export const validationScheme: Type<ValidationScheme> = textual<ValidationScheme>(
  'model.ValidationScheme',
  () => '',
  (written) => {
    if (written === '' || written === 'utf8' || written === 'legacy') return written
    throw new Error(`unrecognized ValidationScheme: ${goQuote(written)}`)
  },
  (value) => value,
)

/** What is wrong with an escaping scheme; `owner` is `global` or `scrape config`. */
export function faultOfEscaping(owner: string, written: string): string | undefined {
  if (written === '' || escapings.some((known) => known === written)) return undefined
  return (
    `unknown ${owner} name escaping method specified, must be one of 'allow-utf-8', ` +
    `'underscores', 'dots', or 'values', got ${goQuote(written)}`
  )
}

/** The escaping that goes with a validation scheme. */
export function escapingFor(scheme: ValidationScheme): EscapingScheme {
  return scheme === 'legacy' ? 'underscores' : 'allow-utf-8'
}
