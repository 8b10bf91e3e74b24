import { parseDuration } from '../../go/model-duration.js'
import type { GuardRule } from './drop-guard.js'

/** What a rule is where nothing else is said. */
export const defaultGuardRule: GuardRule = {
  share: 0.5,
  minimum: 10,
  answers: 3,
  afterMs: 300_000,
}

/** One answer would confirm itself, so there must be two; and a loss is one target at least. */
const leastOf = { minimum: 1, answers: 2 } as const

/** A rule of the guard cannot work, or a text for one cannot be understood. */
export class GuardRuleError extends Error {
  override readonly name = 'GuardRuleError'
  readonly code = 'ERR_DISCOVERY_GUARD'
}

/**
 * Reads a rule as a flag has it: parts with commas between them, each of which may be left out:
 * `share=50%,minimum=10,answers=3,after=5m`. The word `default` is a rule without parts.
 * @throws {GuardRuleError} naming the part that is wrong
 */
export function parseGuardRule(text: string): GuardRule {
  let rule = defaultGuardRule
  if (text === 'default') return rule
  for (const part of text.split(',')) {
    const [, key = '', value = ''] = /^\s*([a-z]+)\s*=\s*(\S+)\s*$/.exec(part) ?? []
    switch (key) {
      case 'share':
        rule = { ...rule, share: percentage(value) }
        break
      case 'minimum':
      case 'answers':
        rule = { ...rule, [key]: count(key, value) }
        break
      case 'after':
        rule = { ...rule, afterMs: span(value) }
        break
      default:
        throw new GuardRuleError(
          `${JSON.stringify(part)}: write share=50%, minimum=10, answers=3 or after=5m`,
        )
    }
  }
  return rule
}

/**
 * Checks a rule that was not read by {@link parseGuardRule}.
 * @throws {GuardRuleError} naming the part that is wrong
 */
export function checkGuardRule({ share, minimum, answers, afterMs }: GuardRule): void {
  if (!(share >= 0 && share <= 1)) throw wrong('share', share, '0 to 1')
  if (!(minimum >= leastOf.minimum)) throw wrong('minimum', minimum, '1 or more')
  if (!(answers >= leastOf.answers)) throw wrong('answers', answers, '2 or more')
  if (!(afterMs >= 0)) throw wrong('afterMs', afterMs, 'milliseconds, 0 or more')
}

function wrong(key: keyof GuardRule, value: unknown, wanted: string): GuardRuleError {
  return new GuardRuleError(`${key} is ${String(value)}: give ${wanted}`)
}

function percentage(value: string): number {
  const share = Number(/^([0-9]+(?:\.[0-9]+)?)%$/.exec(value)?.[1] ?? Number.NaN) / 100
  if (!(share >= 0 && share <= 1)) throw new GuardRuleError(`share=${value}: write 0% to 100%`)
  return share
}

function count(key: 'minimum' | 'answers', value: string): number {
  const least = leastOf[key]
  const number = /^[0-9]+$/.test(value) ? Number(value) : 0
  if (number < least) throw new GuardRuleError(`${key}=${value}: write ${String(least)} or more`)
  return number
}

function span(value: string): number {
  try {
    return parseDuration(value)
  } catch (error) {
    throw new GuardRuleError(`after=${value}: write a time such as 5m`, { cause: error })
  }
}
