import {
  type NameScheme,
  type RelabelRule,
  relabelRuleSection,
  validateRule,
} from '../../relabel/index.js'
import { list, type Type } from '../../yaml/index.js'
import type { ConfigIssues } from '../config-issues.js'

/**
 * A list of relabel rules.
 * @param refuseNull what an empty element is answered with; the wording differs per list
 */
export function relabelRules(refuseNull: string): Type<readonly RelabelRule[]> {
  return list(relabelRuleSection, refuseNull)
}

/** Checks rules once it is known which label names are valid: after the whole file is read. */
export function checkRules(
  rules: readonly RelabelRule[],
  scheme: NameScheme,
  issues: ConfigIssues,
): void {
  for (const rule of rules) {
    if (!issues.isSound(rule)) continue
    const issue = validateRule(rule, scheme)
    if (issue !== undefined) issues.add(rule, issue.key, issue.message)
  }
}
