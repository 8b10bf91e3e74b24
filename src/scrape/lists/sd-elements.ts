import { formatUrl } from '../../go/format-url.js'
import type { LabelValues } from '../../relabel/index.js'
import { type ElementContext, urlOf } from './elements.js'
import type { SdNames } from './name-selections.js'

/** The forms of an http_sd answer. */
export const sdForms = ['single', 'groups', 'plain', 'url'] as const

/** How an http_sd answer gives targets and labels. */
export interface SdForm {
  /**
   * `single`: each target is a group of its own, with all of its labels. `groups`: targets with equal labels share a
   * group, and `instance` is left out where it is the address, since the consumer sets it to that. `plain`:
   * in groups too, without the labels that begin with `__`. `url`: like that, and each target is a whole URL.
   */
  readonly form: (typeof sdForms)[number]
  /** Whether `__scrape_interval__` and `__scrape_timeout__` are given, which replace the settings of the consumer's own job. */
  readonly settings: boolean
}

/** The form where a request names none. */
export const plainSdForm: SdForm = { form: 'single', settings: true }

/** Which labels those of a target are. */
export interface SdSource {
  readonly names: SdNames
  /** They are those after relabelling: what the consumer makes of them is known. */
  readonly isFinal: boolean
}

/**
 * Gathers the elements of an http_sd answer. With final labels a Prometheus that takes them without rules of its
 * own has the same targets, interval and timeout included, since those are labels as well. What http_sd cannot
 * say is that a label every target gets (`job`, `__scheme__`, ...) was taken away.
 */
export class SdElements {
  readonly #form: SdForm
  readonly #context: ElementContext
  #singles: string[] = []
  /** The targets, each as JSON, by their labels as JSON. */
  #groups: Map<string, string[]> = new Map()
  #characters = 0

  constructor(form: SdForm, context: ElementContext) {
    this.#form = form
    this.#context = context
  }

  /** How long the text of {@link take} is about to be. */
  get characters(): number {
    return this.#characters
  }

  add(found: LabelValues, { names, isFinal }: SdSource): void {
    const { form, settings } = this.#form
    const { job, selections } = this.#context
    const { list, values } = found
    const address = valueOf(found, '__address__')
    const isUrl = form === 'url'
    const selection = selections.of(list).forSd({
      names,
      isPlain: isUrl || form === 'plain',
      hasSettings: settings,
      hasInstance: !(form === 'groups' && isFinal && valueOf(found, 'instance') === address),
    })
    const target = JSON.stringify(isUrl ? formatUrl(urlOf(found, job, selections)) : address)
    const labels = JSON.stringify(selection.labels(values))
    this.#characters += target.length + 1
    if (form === 'single') {
      this.#characters += labels.length
      this.#singles.push(groupText([target], labels))
      return
    }
    const known = this.#groups.get(labels)
    if (known === undefined) {
      this.#characters += labels.length
      this.#groups.set(labels, [target])
    } else known.push(target)
  }

  /** Takes what was gathered, as JSON elements with commas between them. */
  take(): string {
    const groups = Array.from(this.#groups, ([labels, targets]) => groupText(targets, labels))
    const text = [...this.#singles, ...groups].join(',')
    this.#singles = []
    this.#groups = new Map()
    this.#characters = 0
    return text
  }
}

function groupText(targets: readonly string[], labels: string): string {
  return `{"targets":[${targets.join(',')}],"labels":${labels}}`
}

function valueOf({ list, values }: LabelValues, name: string): string {
  const at = list.indexOf(name)
  return at === undefined ? '' : (values[at] ?? '')
}
