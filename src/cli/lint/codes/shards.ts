import { type RelabelRule, RuleRegex } from '../../../relabel/index.js'
import { goQuote } from '../../../go/quote.js'
import { type LintCode, shown } from '../code.js'
import type { Complaint } from '../finding.js'
import type { LintedConfig, RuleList } from '../rule-list.js'

/** M108: shards that do not exist, and shards that no file takes. */
export const shards: LintCode = {
  code: 'M108',
  title: 'a shard that hashmod never gives, or one that no file takes',
  level: 'warning',
  needs: 'config',
  why: '`hashmod` gives the numbers from 0 to `modulus` − 1. A `keep` of a higher one keeps nothing. Where several files share the targets of a job, a number that none of them keeps is a part of the targets that nothing scrapes.',
  cure: 'Give every file the same `modulus`, and the files the numbers from 0 on. Name all files of the shards in one call: `muster lint shard-*.yml`.',
  example: `scrape_configs:
  - job_name: node
    file_sd_configs:
      - files: [nodes.json]
    relabel_configs:
      - source_labels: [__address__]
        modulus: 2
        target_label: __tmp_shard
        action: hashmod
      - source_labels: [__tmp_shard]
        regex: 2
        action: keep
`,
  cured: `scrape_configs:
  - job_name: node
    file_sd_configs:
      - files: [nodes.json]
    relabel_configs:
      - source_labels: [__address__]
        modulus: 2
        target_label: __tmp_shard
        action: hashmod
      - source_labels: [__tmp_shard]
        regex: 1
        action: keep
`,
  *find({ configs }) {
    const sharings = new Map<string, Shard[]>()
    for (const linted of configs) {
      for (const list of linted.lists) {
        for (const shard of shardsOf(list, linted)) {
          yield* faultsOf(shard)
          if (list.kind !== 'targets') continue
          const key = keyOf(shard)
          sharings.set(key, [...(sharings.get(key) ?? []), shard])
        }
      }
    }
    for (const sharing of sharings.values()) yield* uncovered(sharing)
  },
}

/** A `keep` or `drop` of the numbers that a `hashmod` above it gives. */
interface Shard {
  readonly linted: LintedConfig
  readonly list: RuleList
  readonly hash: RelabelRule
  readonly choice: RelabelRule
  readonly modulus: number
  /** The numbers that go on; undefined where the regex is of another kind. */
  readonly kept: ReadonlySet<number>
}

// More would take long to try, and be no shards of files.
const mostShards = 4096

function* shardsOf(list: RuleList, linted: LintedConfig): Iterable<Shard> {
  const hashes = new Map<string, RelabelRule>()
  for (const rule of list.rules) {
    const { action, source_labels: [source = '', ...others] = [], target_label: target } = rule
    if (action === 'keep' || action === 'drop') {
      const hash = hashes.get(source)
      if (hash === undefined || others.length > 0 || !isOfNumbers(rule)) continue
      const modulus = Number(hash.modulus)
      if (modulus > mostShards) continue
      const regex = new RuleRegex(rule)
      const kept = numbersBelow(modulus).filter(
        (number) => regex.matches(String(number)) === (action === 'keep'),
      )
      yield { linted, list, hash, choice: rule, modulus, kept: new Set(kept) }
    } else if (action === 'hashmod') hashes.set(target, rule)
    else if (action === 'replace') hashes.delete(target)
  }
}

/** Anything else may be a place that another program fills in: `$(SHARD)`. */
function isOfNumbers({ regex = '' }: RelabelRule): boolean {
  return /[0-9]/.test(regex) && /^[0-9|()[\]^$?:-]+$/.test(regex) && !/\$[^)]/.test(regex)
}

function* faultsOf({ linted, choice, modulus, hash }: Shard): Iterable<Complaint> {
  const regex = choice.regex ?? ''
  const numbers = /^[0-9|()?:^$]+$/.test(regex) ? (regex.match(/[0-9]+/g) ?? []) : []
  const missing = numbers.filter((number) => Number(number) >= modulus)
  const takesNone =
    numbers.length === 0 &&
    !numbersBelow(modulus).some((number) => new RuleRegex(choice).matches(String(number)))
  if (missing.length === 0 && !takesNone) return
  const what = missing.length > 0 ? `shard ${missing.join(', ')}` : `any shard of ${shown(regex)}`
  const { line } = linted.placeOf(hash)
  yield {
    place: linted.placeOf(choice, 'regex'),
    message: `there is never ${what}: the hashmod in line ${String(line)} gives 0 to ${String(modulus - 1)}; change the regex or the modulus`,
  }
}

/** Files that share the targets of one job. */
function keyOf({ list, hash, modulus }: Shard): string {
  const { source_labels: sources, separator } = hash
  return JSON.stringify([list.job?.job_name, sources, separator, modulus])
}

function* uncovered(sharing: readonly Shard[]): Iterable<Complaint> {
  const [first] = sharing
  const files = new Set(sharing.map(({ linted }) => linted))
  // One file alone says nothing of the others.
  if (first === undefined || files.size < 2) return
  const missing = numbersBelow(first.modulus).filter(
    (number) => !sharing.some(({ kept }) => kept.has(number)),
  )
  if (missing.length === 0) return
  const { linted, list, choice, modulus } = first
  const named = missing.slice(0, 10).join(', ') + (missing.length > 10 ? ', …' : '')
  yield {
    place: linted.placeOf(choice, 'regex'),
    message: `none of ${String(files.size)} files keeps shard ${named} of ${String(modulus)} of job ${goQuote(list.job?.job_name ?? '')}; add a file for it, or lower the modulus in all of them`,
  }
}

function numbersBelow(end: number): readonly number[] {
  return Array.from({ length: end }, (_, number) => number)
}
