import type { RelabelRule } from '../../../relabel/index.js'
import { RuleRegex } from '../../../relabel/index.js'
import { didYouMean, formatPlace, type Place } from '../../../yaml/index.js'
import type { LintCode } from '../code.js'
import type { Complaint } from '../finding.js'
import { LabelFlow, metaPrefix } from '../label-flow.js'
import { labelsOfMechanism, mechanismsWithLabels } from '../mechanism-labels.js'
import { literalPrefix } from '../regex-tree.js'
import type { LintedConfig, RuleList } from '../rule-list.js'

/** M102: source labels that nothing can set. */
export const neverSet: LintCode = {
  code: 'M102',
  title: 'a source label that nothing can set',
  level: 'warning',
  needs: 'config',
  why: 'A label that is not there is the empty text, without any error. A rule that reads `__meta_docker_…` in a job of Consul, a name with a typing error, `__name__` in `relabel_configs` (nothing was scraped yet) or `__meta_…` in `metric_relabel_configs` (those are gone by then) never does what it says.',
  cure: 'Name a label that the mechanism of the job has ([mechanisms](mechanisms/)), or one that a rule above sets. Jobs with `file_sd_configs`, `http_sd_configs` or a mechanism of your own may have any label, so there only `__name__` is found.',
  example: `scrape_configs:
  - job_name: web
    consul_sd_configs:
      - server: 127.0.0.1:8500
    relabel_configs:
      - source_labels: [__meta_consul_tag]
        regex: .*,production,.*
        action: keep
`,
  cured: `scrape_configs:
  - job_name: web
    consul_sd_configs:
      - server: 127.0.0.1:8500
    relabel_configs:
      - source_labels: [__meta_consul_tags]
        regex: .*,production,.*
        action: keep
`,
  *find({ configs }) {
    for (const config of configs) yield* findIn(config)
  },
}

function* findIn({ lists, placeOf }: LintedConfig): Iterable<Complaint> {
  const complaints = new Map<string, Complaint>()
  // Jobs may share rules by an anchor: a label is fine there if one of the jobs can have it.
  const fine = new Set<string>()
  for (const list of lists) {
    // A job that finds nothing has no labels, and no use for a rule either way.
    if (list.discovery.length === 0 && (list.kind === 'targets' || list.kind === 'alertmanagers')) {
      continue
    }
    const flow = new LabelFlow(list)
    for (const rule of list.rules) {
      for (const { name, place, isThere } of readings(rule, flow, placeOf)) {
        const key = `${formatPlace(place)} ${name}`
        if (isThere) fine.add(key)
        else
          complaints.set(key, {
            place,
            message: `${name} is always empty: ${reasonFor(name, list)}`,
          })
      }
      flow.pass(rule)
    }
  }
  for (const [key, complaint] of complaints) if (!fine.has(key)) yield complaint
}

/** A label that a rule reads. */
interface Reading {
  readonly name: string
  readonly place: Place
  readonly isThere: boolean
}

function* readings(
  rule: RelabelRule,
  flow: LabelFlow,
  placeOf: LintedConfig['placeOf'],
): Iterable<Reading> {
  const { source_labels: sources = [] } = rule
  for (const [i, name] of sources.entries()) {
    yield { name, place: placeOf(sources, String(i)), isThere: flow.mayHave(name) }
  }
  if (rule.action !== 'labelmap') return
  const prefix = literalPrefix(new RuleRegex(rule).tree)
  if (!prefix.startsWith(metaPrefix)) return
  // Copying all of them is for whatever finds targets.
  if (prefix === metaPrefix && flow.isOfTargets) return
  yield { name: `${prefix}…`, place: placeOf(rule, 'regex'), isThere: flow.mayHavePrefix(prefix) }
}

function reasonFor(name: string, { kind, discovery }: RuleList): string {
  if (kind !== 'targets' && kind !== 'alertmanagers') {
    return `only relabel_configs see the labels of discovery; copy it there to a label without __ in front, and read that one`
  }
  if (name === '__name__') {
    return 'nothing is scraped yet when relabel_configs run; to choose metrics, use metric_relabel_configs'
  }
  const mechanisms = [...new Set(discovery.map(({ mechanism }) => mechanism.name))]
  if (name === 'instance') {
    return 'it gets the address after the last rule; read __address__'
  }
  if (!name.startsWith(metaPrefix)) {
    return `no rule above sets it, and ${sdOf(mechanisms)} does not; set it first, or read another label`
  }
  const other = [...mechanismsWithLabels()].find(([, labels]) =>
    labels.some((label) => startsAlike(name, label)),
  )
  if (other !== undefined) {
    return `it is a label of ${sdOf([other[0]])}, and this one has ${sdOf(mechanisms)}; name one of its labels`
  }
  const own = mechanisms.flatMap((one) => labelsOfMechanism(one) ?? [])
  const meant = didYouMean(name, own)
  return `${sdOf(mechanisms)} does not set it${meant === undefined ? '; see its labels in docs/mechanisms' : ` (${meant})`}`
}

function sdOf(mechanisms: readonly string[]): string {
  return mechanisms
    .map((name) => (name === 'static' ? 'static_configs' : `${name}_sd_configs`))
    .join(' and ')
}

function startsAlike(name: string, label: string): boolean {
  const written = name.replace(/…$/u, '')
  if (label.endsWith('*')) return written.startsWith(label.slice(0, -1))
  return written === label || (written !== name && label.startsWith(written))
}
