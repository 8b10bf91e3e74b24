import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import { relabelRuleSection, validateRule } from '../../src/relabel/index.js'
import { decodeText } from '../../src/yaml/index.js'
import { describeWithPeers, requirePeer } from '../helpers/peers.js'
import { Random } from './fuzz/random.js'
import { randomRegex, randomTemplate } from './fuzz/rules.js'
import { names } from './fuzz/words.js'

const regexes = [
  '(',
  'a**',
  '[z-a]',
  '(?=x)',
  '\\1',
  'a{1001}',
  '(?<n>a)(?<n>b)',
  '\\8',
  '(?z)',
  'x{2}{3}',
  '[[:foo:]]',
  '*',
  '\\pZz',
  '(?P<1',
  'a)',
  '\\Q(',
  '[a',
  '(?i)(?-i',
  'a{2,1}',
  '\\x{110000}',
]
const actions = [
  'replace',
  'keep',
  'DROP',
  'keepequal',
  'dropequal',
  'hashmod',
  'labelmap',
  'labeldrop',
  'labelkeep',
  'lowercase',
  'Uppercase',
  'nope',
  '',
]

/** Expressions by what they are made of: some are refused, and the others are taken. */
const expressions: readonly string[] = [
  '',
  'a',
  'a|b',
  '(a|b)*',
  '(?:a)',
  '(?i)a',
  '(?i:a)b',
  '(?s).',
  '(?m)^a$',
  '(?U)a*',
  '(?-s).',
  '(?x)a',
  '(?<n>a)',
  '(?P<n>a)',
  '(?P<n>a)(?P<n>b)',
  '(?P<>a)',
  '(?P<1a>b)',
  '(?P=n)',
  '(?#a)',
  'a)',
  '(a',
  'a)|(b',
  '()',
  '(?)',
  '(?:',
  '(?i',
  '(?<=a)',
  '(?!a)',
  '(?>a)',
  '\\',
  'a\\',
  'a{2}',
  'a{2,}',
  'a{2,1}',
  'a{,2}',
  'a{1000}',
  'a{1001}',
  'a{0,1001}',
  'a{-1}',
  'a{a}',
  '{2}',
  '(a{10}){100}',
  '(a{10}){101}',
  '((a{2}){2}){500}',
  '(a{100}|b){11}',
  '(a*){1001}',
  '(|a){1000}',
  'a**',
  'a*?',
  'a*??',
  'a+*',
  '*a',
  '+',
  '?',
  '|',
  '||',
  '^*',
  '$*',
  '\\b*',
  'a{2}*',
  'a{2}{3}',
  '[a-z]',
  '[z-a]',
  '[]a]',
  '[^]a]',
  '[]',
  '[a',
  '[a-]',
  '[-a]',
  '[a-b-c]',
  '[[:alpha:]]',
  '[[:foo:]]',
  '[[:^alpha:]]',
  '[[.a.]]',
  '[\\d-z]',
  '[a-\\d]',
  '[\\b]',
  '[\\Q]',
  '[\\pL]',
  '[^\\x00-\\x{10FFFF}]',
  '\\d\\D\\s\\S\\w\\W',
  '\\a\\f\\n\\r\\t\\v',
  '\\A\\z',
  '\\Z',
  '\\G',
  '\\B',
  '\\C',
  '\\e',
  '\\1',
  '\\0',
  '\\07',
  '\\x41',
  '\\x4',
  '\\x{41}',
  '\\x{110000}',
  '\\x{}',
  '\\u0041',
  '\\cA',
  '\\_',
  '\\-',
  '\\é',
  '\\Qa.b',
  '\\Qa\\E*',
  '\\pL',
  '\\p{L}',
  '\\p{Greek}',
  '\\p{^Greek}',
  '\\PN',
  '\\p',
  '\\p{',
  '\\p{Foo}',
  '\\pZz',
  'é+',
  '(?i)ſ',
  '😀{2}',
  '(.{1000})'.repeat(100),
  '(xx){1000}',
  '(?:x{1000}){1}',
  '(?:x{500}){2}',
  '(?:x{500}){3}',
  '(?:a|'.repeat(400) + 'b' + ')'.repeat(400),
  '('.repeat(1001) + ')'.repeat(1001),
]

/** A rule as JSON, which need not be valid at all. */
function looseRule(random: Random): string {
  const fields: Record<string, unknown> = {}
  if (random.chance(0.85)) fields['action'] = random.pick(actions)
  if (random.chance(0.5))
    fields['source_labels'] = random.many(random.below(3), () => random.pick([...names, '']))
  if (random.chance(0.6))
    fields['target_label'] = random.chance(0.5) ? random.pick(names) : randomTemplate(random)
  if (random.chance(0.5))
    fields['regex'] = random.chance(0.4) ? random.pick(regexes) : randomRegex(random)
  if (random.chance(0.4)) fields['replacement'] = randomTemplate(random)
  if (random.chance(0.2)) fields['separator'] = random.pick([';', ',', ''])
  if (random.chance(0.3)) fields['modulus'] = random.pick([0, 1, 1000])
  return JSON.stringify(fields)
}

/** Everything that is wrong with a rule here, as far as it was looked for; nothing for a good one. */
function faultsOf(text: string): readonly string[] {
  const { value, issues } = decodeText(relabelRuleSection, 'rule.yml', text)
  const later = issues.length === 0 ? validateRule(value, 'utf8')?.message : undefined
  return later === undefined ? issues.map(({ message }) => message) : [later]
}

/** What promtool finds wrong with each rule. */
function faultsByPromtool(rules: readonly string[]): readonly string[] {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'muster-promtool-'))
  try {
    const files = rules.map((rule, i) => {
      const file = path.join(folder, `${String(i)}.yml`)
      writeFileSync(file, `scrape_configs: [{job_name: j, relabel_configs: [${rule}]}]\n`)
      return file
    })
    const output = path.join(folder, 'output')
    const fd = openSync(output, 'w')
    try {
      execFileSync(requirePeer('promtool'), ['check', 'config', '--syntax-only', ...files], {
        stdio: ['ignore', fd, fd],
      })
    } catch (error) {
      // Some rules are bad: that is what its exit code says.
      if ((error as { status?: unknown }).status !== 1) throw error
    } finally {
      closeSync(fd)
    }
    const answers = readFileSync(output, 'utf8')
      .split(/^Checking .*$/m)
      .slice(1)
    return answers.map(
      (answer) => /FAILED: parsing YAML file \S+: ([^]*?)\n\n/.exec(answer)?.[1] ?? '',
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

describeWithPeers('random rules, many of them bad', ['promtool'], () => {
  it.each([1, 2, 3])(
    'are refused by muster and by promtool in the same words (seed %i)',
    (seed) => {
      const random = new Random(seed)
      const rules = random.many(200, () => looseRule(random))
      const theirs = faultsByPromtool(rules)
      expect(theirs).toHaveLength(rules.length)
      // Prometheus stops at the first fault it meets; here every one is found.
      const told = rules.map((rule, i) => {
        const ours = faultsOf(rule)
        return `${rule}: ${ours.includes(theirs[i] ?? '') ? (theirs[i] ?? '') : (ours[0] ?? '')}`
      })
      expect(told).toEqual(rules.map((rule, i) => `${rule}: ${theirs[i] ?? ''}`))
    },
  )
})

describeWithPeers('expressions of every kind', ['promtool'], () => {
  it('are taken and refused as promtool does, in the same words', () => {
    const rules = expressions.map((regex) =>
      JSON.stringify({ source_labels: ['a'], target_label: 'b', regex }),
    )
    const theirs = faultsByPromtool(rules)
    expect(theirs).toHaveLength(rules.length)
    const shown = (faults: (i: number) => string): readonly string[] =>
      expressions.map((regex, i) => `${regex.slice(0, 60)}: ${faults(i)}`)
    expect(shown((i) => faultsOf(rules[i] ?? '')[0] ?? '')).toEqual(shown((i) => theirs[i] ?? ''))
  })
})
