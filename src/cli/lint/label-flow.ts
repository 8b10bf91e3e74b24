import type { GroupSection } from '../../mechanisms/kit/group-section.js'
import { type RelabelRule, RuleRegex, templateOf } from '../../relabel/index.js'
import { labelsOfMechanism } from './mechanism-labels.js'
import { literalPrefix } from './regex-tree.js'
import type { RuleList } from './rule-list.js'

export const metaPrefix = '__meta_'

/** Labels that a target has before its rules, whatever finds it. */
const ofTargets = [
  '__address__',
  '__metrics_path__',
  '__scheme__',
  '__scrape_interval__',
  '__scrape_timeout__',
  // Of Prometheus versions after 3.5.
  '__scrape_native_histograms__',
  '__convert_classic_histograms_to_nhcb__',
  '__always_scrape_classic_histograms__',
]

const ofAlertmanagers = ['__address__', '__scheme__', '__alerts_path__']

/**
 * Follows which labels there may be, from what is discovered through the rules of a list. In doubt a label
 * may be there.
 */
export class LabelFlow {
  readonly #names: Set<string>
  /** Beginnings of names. */
  readonly #prefixes: string[] = []
  readonly #kind: RuleList['kind']
  /** Any label may be there. */
  #isOpen = false
  /** Any label may be there whose name does not begin with `__meta_`. */
  #isOpenButMeta = false

  constructor(list: RuleList) {
    const { kind, job, discovery } = list
    this.#kind = kind
    this.#names = new Set(kind === 'targets' ? [...ofTargets, 'job'] : [])
    if (kind === 'alertmanagers') for (const name of ofAlertmanagers) this.#names.add(name)
    for (const name of Object.keys(job?.params ?? {})) this.#names.add(`__param_${name}`)
    for (const { mechanism, config } of discovery) {
      if (mechanism.name === 'static') this.#addStatic(config as readonly GroupSection[])
      else this.#add(labelsOfMechanism(mechanism.name))
    }
  }

  /** Whether the rules are for what was discovered. */
  get isOfTargets(): boolean {
    return this.#kind === 'targets' || this.#kind === 'alertmanagers'
  }

  /** Whether a label may have a value, as far as the rules up to here go. */
  mayHave(name: string): boolean {
    if (this.#names.has(name) || this.#prefixes.some((prefix) => name.startsWith(prefix))) {
      return true
    }
    switch (this.#kind) {
      case 'targets':
      case 'alertmanagers':
        // No source of targets gives a metric name, even where it may give anything.
        return name !== '__name__' && (this.#isOpen || this.#mayHaveUnlessMeta(name))
      case 'samples':
      case 'sent samples':
      case 'alerts':
        return !isOfDiscovery(name)
    }
  }

  /** Whether there may be a label whose name begins so. */
  mayHavePrefix(prefix: string): boolean {
    if (!this.isOfTargets) {
      return !prefix.startsWith(metaPrefix)
    }
    return (
      this.#isOpen ||
      this.#mayHaveUnlessMeta(prefix) ||
      [...this.#names].some((name) => name.startsWith(prefix)) ||
      this.#prefixes.some((known) => known.startsWith(prefix) || prefix.startsWith(known))
    )
  }

  /** Takes a rule into account. */
  pass(rule: RelabelRule): void {
    switch (rule.action) {
      case 'replace':
      case 'labelmap': {
        const template = rule.action === 'replace' ? rule.target_label : rule.replacement
        const { references, prefix } = templateOf(template)
        if (references.length === 0) this.#names.add(template)
        else if (prefix !== '') this.#prefixes.push(prefix)
        else this.#openFor(rule)
        return
      }
      case 'hashmod':
      case 'lowercase':
      case 'uppercase':
        this.#names.add(rule.target_label)
        return
      case 'keep':
      case 'drop':
      case 'keepequal':
      case 'dropequal':
      case 'labeldrop':
      case 'labelkeep':
      case '':
    }
  }

  #mayHaveUnlessMeta(name: string): boolean {
    return this.#isOpenButMeta && !name.startsWith(metaPrefix)
  }

  /** A rule that may set labels of any name; a name that begins with `__meta_` it makes only of one. */
  #openFor(rule: RelabelRule): void {
    const cutsMeta = literalPrefix(new RuleRegex(rule).tree).startsWith(metaPrefix)
    // What is left of a name of discovery's does not begin like one.
    if (rule.action === 'labelmap' && cutsMeta) this.#isOpenButMeta = true
    else this.#isOpen = true
  }

  #addStatic(groups: readonly GroupSection[]): void {
    for (const { labels } of groups) for (const name of Object.keys(labels)) this.#names.add(name)
  }

  #add(labels: readonly string[] | undefined): void {
    if (labels === undefined) {
      this.#isOpen = true
      return
    }
    for (const name of labels) {
      if (name.endsWith('*')) this.#prefixes.push(name.slice(0, -1))
      else this.#names.add(name)
    }
  }
}

/** Whether a label exists only until targets are made. */
function isOfDiscovery(name: string): boolean {
  return (
    name.startsWith(metaPrefix) ||
    name.startsWith('__param_') ||
    (ofTargets.includes(name) && name.startsWith('__'))
  )
}
