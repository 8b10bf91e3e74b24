import { formatUrl } from '../../go/format-url.js'
import { type Labels, labelValue } from '../../labels/index.js'
import type { ScrapeJob } from '../job.js'
import { urlOf } from '../lists/elements.js'
import type { SelectionCache } from '../lists/name-selections.js'
import type { GroupTargets } from '../targets/group-targets.js'
import type { Target } from '../targets/target.js'
import { defaultsOf } from './default-labels.js'
import type { AnyOf, ColumnCache, PartColumns, PartIndex } from './part-columns.js'
import type { Term } from './query.js'
import { Characters } from './text-filter.js'
import { containing, ValueScan } from './text-test.js'

/** Which labels a query looks at: those after relabelling, those before it, or both. */
export const labelScopes = ['all', 'labels', 'discovered'] as const

export type LabelScope = (typeof labelScopes)[number]

const noLabels: Labels = {}

/** The labels of one target after the other, without a label set made for each. */
export class LabelReader {
  readonly #scope: LabelScope
  #defaults: ReadonlyMap<string, string> = new Map()
  #job: ScrapeJob | undefined
  #group: Labels = noLabels
  #own: Labels = noLabels
  #target: Target | undefined

  constructor(scope: LabelScope) {
    this.#scope = scope
  }

  /** What follows is of this group. */
  startGroup({ compiled, discovered }: GroupTargets): void {
    if (this.#job !== compiled.job) {
      this.#job = compiled.job
      this.#defaults = defaultsOf(compiled.job)
    }
    this.#group = discovered.labels
  }

  /** What follows is of this target. @param target undefined where it is not active */
  start(own: Labels, target: Target | undefined): void {
    this.#own = own
    this.#target = target
  }

  get defaults(): ReadonlyMap<string, string> {
    return this.#defaults
  }

  /** A label of the target, empty where it has none: the one after relabelling comes first. */
  value(name: string): string {
    const after = this.#scope === 'discovered' ? '' : (this.#target?.value(name) ?? '')
    return after === '' && this.#scope !== 'labels' ? this.discovered(name) : after
  }

  /** A label of the target before relabelling. A label of the target hides its group's, even an empty one. */
  discovered(name: string): string {
    const labels = Object.hasOwn(this.#own, name) ? this.#own : this.#group
    return labelValue(labels, name) || (this.#defaults.get(name) ?? '')
  }
}

/** Tells of one target after the other whether a term holds that is about its labels. */
interface LabelCheck {
  readonly isNegated: boolean
  /** @returns what holds of none of its targets, or of all; undefined where each has to be looked at */
  startPart(index: PartIndex): boolean | undefined
  startGroup(targets: GroupTargets): void
  holds(own: Labels, target: Target | undefined): boolean
}

/**
 * Tells of one target after the other whether the words and matchers of a query hold. Call
 * {@link startPart} for the first target of each part, and {@link startGroup} for that of each group.
 */
export class LabelMatcher {
  readonly #reader: LabelReader
  readonly #checks: readonly LabelCheck[]
  /** Those that each target of the part has to be asked for. */
  #open: readonly LabelCheck[]

  constructor(
    terms: readonly Term[],
    scope: LabelScope,
    selections: SelectionCache,
    columns: ColumnCache,
  ) {
    const reader = new LabelReader(scope)
    this.#reader = reader
    // Single labels are cheap, and most of them hold of few targets.
    const matchers = terms.flatMap((term): LabelCheck[] => {
      if (term.kind !== 'label') return []
      const { name, test, isNegated } = term
      const holds = (): boolean => test(reader.value(name))
      return [{ isNegated, startPart: () => undefined, startGroup: () => {}, holds }]
    })
    const words = terms.flatMap((term) => {
      if (term.kind !== 'word') return []
      return [new WordCheck(term.text, term.isNegated, { scope, reader, selections, columns })]
    })
    this.#checks = [...matchers, ...words]
    this.#open = this.#checks
  }

  /** Whether there is nothing to look for: every target will do. */
  get isEmpty(): boolean {
    return this.#checks.length === 0
  }

  /** Whether it makes a difference what is in the labels of a part. */
  get needsIndex(): boolean {
    return this.#checks.some((check) => check instanceof WordCheck)
  }

  /** @returns whether all targets of the part will do, or none; undefined where each has to be looked at */
  startPart(index: PartIndex): boolean | undefined {
    const open: LabelCheck[] = []
    for (const check of this.#checks) {
      const isSo = check.startPart(index)
      if (isSo === undefined) open.push(check)
      else if (isSo === check.isNegated) return false
    }
    this.#open = open
    return open.length === 0 ? true : undefined
  }

  startGroup(targets: GroupTargets): void {
    this.#reader.startGroup(targets)
    for (const check of this.#open) check.startGroup(targets)
  }

  /** @param target undefined where it is not active */
  holds(own: Labels, target: Target | undefined): boolean {
    this.#reader.start(own, target)
    for (const check of this.#open) {
      if (check.holds(own, target) === check.isNegated) return false
    }
    return true
  }
}

// What stands between the parts of a URL: a word with none of it is in one of them, which is a label.
const separators = /[/?&=%+]|:$/
const pieces = /[/?&=%+:]+/

interface WordContext {
  readonly scope: LabelScope
  readonly reader: LabelReader
  readonly selections: SelectionCache
  readonly columns: ColumnCache
}

/** A word in the address, the URL or the value of any label. */
class WordCheck implements LabelCheck {
  readonly isNegated: boolean
  readonly #test: (text: string) => boolean
  readonly #scan: ValueScan
  readonly #scope: LabelScope
  readonly #reader: LabelReader
  readonly #selections: SelectionCache
  readonly #mayBeUrl: boolean
  /** One of the parts of a URL must have this for the URL to have the word. */
  readonly #testPiece: ((text: string) => boolean) | undefined
  /** Labels of the group, or of the job, that have the word, unless the target has others of that name. */
  #shared: readonly string[] = []
  #job: ScrapeJob | undefined
  #hasParams = false
  #lastDefaults: ReadonlyMap<string, string> | undefined
  #defaultHits: readonly string[] = []
  #lastGroup: Labels | undefined
  readonly #word: string
  readonly #piece: string
  readonly #characters = new Characters()
  readonly #cache: ColumnCache
  #columns: PartColumns | undefined
  #anyOf: AnyOf = () => false
  #slots: readonly number[] = []
  /** All active targets of the part have the word. */
  #isInActive = false

  constructor(word: string, isNegated: boolean, context: WordContext) {
    this.isNegated = isNegated
    this.#word = word
    this.#test = containing(word)
    this.#scan = new ValueScan(word, this.#test)
    this.#characters.add(word)
    this.#scope = context.scope
    this.#reader = context.reader
    this.#selections = context.selections
    this.#cache = context.columns
    this.#mayBeUrl = separators.test(word)
    const [longest = ''] = word.split(pieces).toSorted((a, b) => b.length - a.length)
    this.#piece = longest
    if (longest !== '') this.#testPiece = containing(longest)
  }

  startPart({ filter, columns, hasParams }: PartIndex): boolean | undefined {
    // Parameters of a URL stand in it with their names.
    const isInUrl = hasParams || (this.#mayBeUrl && filter.mayHave(this.#piece))
    if (!isInUrl && !filter.mayHave(this.#word)) return false
    // After relabelling alone, every value counts.
    this.#columns = this.#scope === 'labels' ? undefined : columns
    if (this.#columns === undefined) return undefined
    if (this.#columns.constants.some(this.#test)) return true
    this.#isInActive = this.#columns.activeConstants.some(this.#test)
    this.#anyOf = this.#anyOfIn(this.#columns)
    this.#slots = this.#columns.slots
      .filter(({ characters }) => characters.haveAll(this.#characters))
      .map(({ place }) => place)
    return undefined
  }

  /** Looks at the labels whose values may have the word. */
  #anyOfIn({ differing }: PartColumns): AnyOf {
    const names = differing
      .filter(({ characters }) => characters.haveAll(this.#characters))
      .map(({ place }) => place)
    return this.#cache.anyOf(names)(this.#test, this.#word.length)
  }

  startGroup({ compiled, discovered }: GroupTargets): void {
    const { defaults } = this.#reader
    if (this.#job !== compiled.job) {
      this.#job = compiled.job
      this.#hasParams = Object.keys(compiled.job.params).length > 0
    }
    if (this.#lastDefaults === defaults && this.#lastGroup === discovered.labels) return
    if (this.#lastDefaults !== defaults) {
      this.#lastDefaults = defaults
      this.#defaultHits = [...defaults].flatMap(([name, value]) =>
        this.#test(value) ? [name] : [],
      )
    }
    this.#lastGroup = discovered.labels
    const inGroup = Object.entries(discovered.labels).flatMap(([name, value]) => {
      return this.#test(value) ? [name] : []
    })
    this.#shared = inGroup.length === 0 ? this.#defaultHits : [...this.#defaultHits, ...inGroup]
  }

  holds(own: Labels, target: Target | undefined): boolean {
    if (this.#columns !== undefined) return this.#holdsInColumns(own, target)
    if (this.#scope !== 'labels') {
      if (this.#scan.ofLabels(own)) return true
      for (const name of this.#shared) if (this.#test(this.#reader.discovered(name))) return true
    }
    if (this.#scope === 'discovered' || target === undefined) return false
    return this.#scan.ofValues(target.values) || this.#isInUrl(target)
  }

  #holdsInColumns(own: Labels, target: Target | undefined): boolean {
    const test = this.#test
    if (this.#anyOf(own)) return true
    for (const name of this.#shared) if (test(this.#reader.discovered(name))) return true
    if (this.#scope === 'discovered' || target === undefined) return false
    if (this.#isInActive) return true
    const { values } = target
    for (const slot of this.#slots) if (test(values[slot] ?? '')) return true
    return this.#isInUrl(target)
  }

  #isInUrl(target: Target): boolean {
    const job = this.#job
    if (job === undefined) return false
    const { params } = this.#selections.of(target.list)
    const hasParams = this.#hasParams || params.length > 0
    if (!hasParams) {
      if (!this.#mayBeUrl) return false
      const piece = this.#testPiece
      const isPossible =
        piece === undefined ||
        piece(target.value('__address__')) ||
        piece(target.value('__metrics_path__')) ||
        piece(target.value('__scheme__'))
      if (!isPossible) return false
    }
    return this.#test(formatUrl(urlOf(target, job, this.#selections)))
  }
}
