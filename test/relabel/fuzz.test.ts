import { describe, expect, it } from 'vitest'
import {
  compareNames,
  PatternError,
  Relabeler,
  type RelabelRule,
  validateRule,
} from '../../src/relabel/index.js'
import { toLower, toUpper } from '../../src/go/case.js'
import { Random } from './fuzz/random.js'
import { relabelSimply, type Start } from './fuzz/reference.js'
import { randomRule } from './fuzz/rules.js'
import { names, values } from './fuzz/words.js'

const casing = (action: string, text: string): string =>
  action === 'lowercase' ? toLower(text) : toUpper(text)
const asIs = (list: readonly string[]): readonly string[] => list

/** The first labels are the base, the others are set after them; all are the base where nothing is said. */
function startOf(labels: ReadonlyMap<string, string>, base: number = labels.size): Start {
  const all = [...labels]
  return { base: new Map(all.slice(0, base)), sources: [new Map(all.slice(base))] }
}

const inOrder = (labels: ReadonlyMap<string, string>): ReadonlyMap<string, string> =>
  new Map([...labels].sort(([a], [b]) => compareNames(a, b)))

/** Rules that Prometheus would take, and their compiled form. */
function validRules(random: Random): { rules: readonly RelabelRule[]; relabeler: Relabeler } {
  for (;;) {
    const rules = random.many(1 + random.below(5), () => randomRule(random))
    if (rules.some((rule) => validateRule(rule, 'utf8') !== undefined)) continue
    try {
      return { rules, relabeler: new Relabeler(rules) }
    } catch (error) {
      if (!(error instanceof PatternError)) throw error
    }
  }
}

describe('compiled rules', () => {
  const rounds = Number(process.env['FUZZ_ROUNDS'] ?? 40)
  it.each(Array.from({ length: rounds }, (_, seed) => seed))(
    'say what the rules say, simply executed (seed %i)',
    (seed) => {
      const random = new Random(seed)
      for (let round = 0; round < 20; round += 1) {
        const { rules, relabeler } = validRules(random)
        for (let i = 0; i < 12; i += 1) {
          const labels = new Map(
            random.many(random.below(8), () => [random.pick(names), random.pick(values)] as const),
          )
          const base = random.chance(0.5) ? undefined : random.below(labels.size + 1)
          const expected = relabelSimply(startOf(labels, base), rules, asIs, casing)
          const got = relabeler.apply(Object.fromEntries(labels), base)
          const shown = got && new Map(Object.entries(got))
          expect({ rules, labels, got: shown && inOrder(shown) }).toEqual({
            rules,
            labels,
            got: expected && inOrder(expected),
          })
        }
      }
    },
  )
})
