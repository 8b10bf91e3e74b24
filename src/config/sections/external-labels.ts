import { expand } from '../../go/expand.js'
import { goQuote } from '../../go/quote.js'
import type { Labels } from '../../labels/index.js'
import { isLabelName, isUtf8, type NameScheme } from '../../relabel/index.js'
import type { ConfigIssues } from '../config-issues.js'

/** Checks the names and values of `external_labels`. */
export function checkExternalLabels(
  labels: Labels,
  scheme: NameScheme,
  issues: ConfigIssues,
): void {
  for (const [name, value] of Object.entries(labels)) {
    if (!isLabelName(name, scheme)) {
      issues.add(labels, name, `${goQuote(name)} is not a valid label name`)
    } else if (!isUtf8(value)) {
      issues.add(labels, name, `${goQuote(value)} is not a valid label value`)
    }
  }
}

/**
 * Puts environment variables into the values: `$NAME`, `${NAME}`, and `$$` for a dollar sign.
 * @param missing is called with each variable that is unset or empty
 */
export function expandExternalLabels(
  labels: Labels,
  env: Readonly<Record<string, string | undefined>>,
  missing: (name: string) => void,
): Labels {
  const valueOf = (name: string): string => {
    if (name === '$') return '$'
    const found = Object.hasOwn(env, name) ? (env[name] ?? '') : ''
    if (found === '') missing(name)
    return found
  }
  return Object.fromEntries(
    Object.entries(labels).map(([name, value]) => [name, expand(value, valueOf)]),
  )
}
