import { type RelabelAction, type RelabelRule, relabelRule } from '../../../src/relabel/index.js'
import type { Random } from './random.js'
import { names } from './words.js'

const characters = ['a', 'b', 'c', 'k', 's', '1', ',', ';', ':', '-', ' ', 'é', '😀', 'ſ', '_', '/']
const escapes = [
  '\\d',
  '\\D',
  '\\w',
  '\\W',
  '\\s',
  '\\S',
  '\\.',
  '\\-',
  '\\n',
  '\\t',
  '\\v',
  '\\x61',
  '\\x{1F600}',
  '\\141',
  '\\pL',
  '\\p{Lu}',
  '\\PN',
  '\\Qa.b\\E',
  '\\a',
  '\\$',
  '\\_',
  '\\/',
]
const classes = [
  '[a-c]',
  '[^a]',
  '[^;]',
  '[[:alpha:]]',
  '[[:^digit:]]',
  '[\\d_]',
  '[^\\w]',
  '[\\s\\S]',
  '[a\\-z]',
  '[-a]',
  '[a-]',
  '[]a]',
  '[^]a]',
  '[é-😀]',
  '[[:word:]:]',
  '[K]',
  '[\\pL]',
  '[.]',
]
const anchors = ['^', '$', '\\b', '\\B', '\\A', '\\z']
const flags = ['(?i)', '(?s)', '(?-s)', '(?is)', '(?m)', '(?U)', '(?i-s)']
const groups = ['(', '(', '(?:', '(?i:', '(?-s:', '(?P<n>', '(?<m>', '(?s-i:']
const times = ['*', '+', '?', '*?', '+?', '??', '{2}', '{1,3}', '{0,2}', '{2,}', '{1,3}?', '{0}']

const usual = [
  '(.*)',
  '(.+)',
  '.*',
  '.+',
  '',
  'a|b',
  'prod|canary',
  '.*,(?:prod|canary),.*',
  '([^:]+):(\\d+)',
  '__meta_(.+)',
  '__meta_(.*)_(.*)',
  '(?:__param_)?(a)',
  '([^:;]+)(?::\\d+)?;(\\d+)',
  '(a)|(b)',
  '(?:(a)|b)*',
  '(a*)*',
  '(?:a|ab)(c|bcd)?(d*)',
  '(a+)(b+)?',
  '((a)|(b))+',
  '(|a)*',
  '(|a)+',
  '(a|)+?',
  '(.*)?',
  '(.*)?;(.*)',
  '(?i)PROD',
  '[A-Z]+',
  '(?i:[k-s]+)',
  'a)|(b',
  '.',
  '..',
  '(.)(.)',
  '\\w+',
  '(a{0,2})*(b?)',
  '(?:(a?)b?)*',
  '(\\b|a)*(.*)',
  '(a??)(a*)',
  '(?:^|,)(\\w+).*',
  '(.)(.*?)(b|$)',
]

/** A regular expression that is probably valid. */
export function randomRegex(random: Random): string {
  return random.chance(0.45) ? random.pick(usual) : alternation(random, 3)
}

function alternation(random: Random, depth: number): string {
  return random
    .many(random.chance(0.7) ? 1 : 2 + random.below(2), () => sequence(random, depth))
    .join('|')
}

function sequence(random: Random, depth: number): string {
  return random.many(random.below(4) + (depth > 2 ? 1 : 0), () => piece(random, depth)).join('')
}

function piece(random: Random, depth: number): string {
  const dice = random.next()
  if (dice < 0.04) return random.pick(flags)
  if (dice < 0.1) return random.pick(anchors) + (random.chance(0.1) ? random.pick(times) : '')
  const atom =
    dice < 0.4 && depth > 0
      ? `${random.pick(groups)}${alternation(random, depth - 1)})`
      : random.pick(random.pick([characters, escapes, classes, ['.']]))
  return atom + (random.chance(0.4) ? random.pick(times) : '')
}

const references = [
  '$1',
  '${1}',
  '$2',
  '${2}',
  '$0',
  '$$',
  '$n',
  '${n}',
  '${m}',
  '$1x',
  '${',
  '$',
  '${01}',
  '$9',
  '$é',
  '${1',
]

/** A replacement template. */
export function randomTemplate(random: Random): string {
  if (random.chance(0.35)) return random.pick(['$1', '${1}', '', 'fixed', '${1}_${2}', 'été', '$2'])
  return random
    .many(1 + random.below(4), () => random.pick([...references, 'x', '-', '_', 'é']))
    .join('')
}

const actions: readonly RelabelAction[] = [
  ...(['replace', 'replace', 'replace', 'replace', 'labelmap', 'labelmap', 'hashmod'] as const),
  ...(['keep', 'drop', 'keepequal', 'dropequal', 'labeldrop', 'labelkeep', 'lowercase'] as const),
  ...(['uppercase', 'lowercase', 'uppercase', 'hashmod'] as const),
]

/** A rule that is probably valid. */
export function randomRule(random: Random): RelabelRule {
  const action = random.pick(actions)
  const source_labels = random.many(random.pick([0, 1, 1, 1, 2, 3]), () => random.pick(names))
  const target_label = random.pick(names)
  switch (action) {
    case 'keepequal':
    case 'dropequal':
      return relabelRule({ action, source_labels, target_label })
    case 'labeldrop':
    case 'labelkeep':
      // Rules that leave no address end every target; mostly they name what goes.
      return relabelRule({
        action,
        regex:
          action === 'labelkeep' ? `__address__|job|${randomRegex(random)}` : randomRegex(random),
      })
    case 'labelmap':
      return relabelRule({
        action,
        regex: randomRegex(random),
        replacement: randomTemplate(random),
      })
    case 'hashmod':
      return relabelRule({
        action,
        source_labels,
        target_label,
        separator: randomSeparator(random),
        modulus: random.pick([
          1,
          2,
          7,
          1e3,
          2 ** 20,
          2 ** 20 + 1,
          2 ** 32,
          2 ** 53 - 1,
          2n ** 64n - 1n,
        ]),
      })
    case 'lowercase':
    case 'uppercase':
      return relabelRule({ action, source_labels, target_label })
    case 'replace':
    case 'keep':
    case 'drop':
      return replaceOrFilter(random, action, source_labels, target_label)
  }
}

function replaceOrFilter(
  random: Random,
  action: RelabelAction,
  source_labels: readonly string[],
  target_label: string,
): RelabelRule {
  const regex = random.chance(0.2) ? undefined : randomRegex(random)
  const separator = randomSeparator(random)
  if (action !== 'replace') return relabelRule({ action, source_labels, regex, separator })
  return relabelRule({
    action,
    source_labels,
    regex,
    separator,
    target_label: random.chance(0.2) ? randomTemplate(random) : target_label,
    replacement: randomTemplate(random),
  })
}

function randomSeparator(random: Random): string {
  return random.chance(0.8) ? ';' : random.pick(['', ',', '😀', 'ab'])
}
