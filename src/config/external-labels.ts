import type { Labels } from '../labels/index.js'
import { isLabelName, isUtf8, type NameScheme } from '../relabel/index.js'
import { goQuote } from '../go/quote.js'
import type { Findings } from './findings.js'

/** Checks the names and values of `external_labels`. */
export function checkExternalLabels(labels: Labels, scheme: NameScheme, findings: Findings): void {
  for (const [name, value] of Object.entries(labels)) {
    if (!isLabelName(name, scheme)) {
      findings.add(labels, name, `${goQuote(name)} is not a valid label name`)
    } else if (!isUtf8(value)) {
      findings.add(labels, name, `${goQuote(value)} is not a valid label value`)
    }
  }
}

const reference = /\$(?:\{([^}]*)\}|([A-Za-z_][A-Za-z0-9_]*)|([*#$@!?\-0-9]))/g

/**
 * Puts environment variables into the values, as Go's os.Expand does: `$NAME`, `${NAME}`, and `$$`
 * for a dollar sign.
 * @param missing is told of each variable that is unset or empty
 */
export function expandExternalLabels(
  labels: Labels,
  env: Readonly<Record<string, string | undefined>>,
  missing: (name: string) => void,
): Labels {
  const expand = (value: string): string =>
    value.replace(reference, (_, braced?: string, bare?: string, special?: string) => {
      const name = braced ?? bare ?? special ?? ''
      if (name === '$') return '$'
      const found = Object.hasOwn(env, name) ? (env[name] ?? '') : ''
      if (found === '') missing(name)
      return found
    })
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, expand(value)]))
}
