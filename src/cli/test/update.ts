import path from 'node:path'
import { type Labels, labelValue } from '../../labels/index.js'
import { formatPlace, type MapSpan, parseSpans, type SpanNode } from '../../yaml/index.js'
import type { JudgedFixture } from './check-groups.js'
import { aboutActive, type DroppedBy, type Expectation, isGiven } from './expectation.js'
import type { GoldenTarget } from './golden.js'
import type { Judged, RuleName } from './subject.js'
import type { TableColumn } from './table.js'
import {
  addEntry,
  applyEdits,
  editLabels,
  entryOf,
  type FlowValue,
  flowText,
  replaceNode,
  type TextEdit,
} from './yaml-edit.js'

/** What an expectation is to say. */
type Wanted = Readonly<Record<string, FlowValue>>

/**
 * Collects what there is in place of what a test file expects, and writes it into the text of the file: values
 * are replaced where they stand, everything else stays as it is written.
 */
export class Update {
  readonly #file: string
  readonly #text: string
  readonly #expectations: Map<
    number,
    { readonly from: Expectation | undefined; readonly to: Wanted }
  > = new Map()
  readonly #cells: {
    readonly index: number
    readonly row: number
    readonly column: number
    readonly value: string | undefined
  }[] = []
  /** Golden files that are to be written. */
  readonly goldens: Map<string, readonly GoldenTarget[]> = new Map()

  /** @param file the test file, for places in it */
  constructor(file: string, text: string) {
    this.#file = file
    this.#text = text
  }

  /** A case for one label set came to something else. */
  one(index: number, from: Expectation | undefined, judged: Judged): void {
    if (!this.#expectations.has(index)) {
      this.#expectations.set(index, { from, to: this.#wanted(from, judged) })
    }
  }

  /** A row of a table came to something else. */
  row(index: number, row: number, columns: readonly TableColumn[], judged: Judged): void {
    const { outcome } = judged
    for (const [column, { role, name }] of columns.entries()) {
      const set = (value: string | undefined): void => {
        this.#cells.push({ index, row, column, value })
      }
      if (role === 'result') set(resultWord(judged))
      else if (outcome.kind === 'active' && role === 'url' && outcome.url !== undefined) {
        set(outcome.url)
      } else if (outcome.kind === 'active' && role === 'out') {
        set(labelValue(outcome.labels, name) || undefined)
      }
    }
  }

  /** A fixture came to something else. */
  groups(index: number, from: Expectation | undefined, fixture: JudgedFixture): void {
    const { active, dropped, failed } = fixture
    const counts: Record<string, FlowValue> = {}
    if (from === undefined || from.active !== undefined) counts['active'] = active
    if (from === undefined || from.dropped !== undefined) counts['dropped'] = dropped
    if (from?.fails !== undefined || (failed > 0 && from?.golden === undefined)) {
      counts['fails'] = failed
    }
    this.#expectations.set(index, { from, to: counts })
  }

  golden(file: string, targets: readonly GoldenTarget[]): void {
    this.goldens.set(file, targets)
  }

  /**
   * The text of the test file with what there is in it.
   * @throws {YAMLException} where the file is written in a way that cannot be edited
   */
  text(): string {
    const root = parseSpans(this.#text)
    const tests = root.kind === 'map' ? entryOf(this.#text, root, 'tests')?.value : undefined
    const items = tests?.kind === 'list' ? tests.items : []
    const edits: TextEdit[] = []
    for (const [index, { from, to }] of this.#expectations) {
      edits.push(...this.#editCase(items[index], from, to))
    }
    for (const { index, row, column, value } of this.#cells) {
      edits.push(...this.#editCell(items[index], row, column, value))
    }
    return applyEdits(this.#text, edits)
  }

  #editCase(
    item: SpanNode | undefined,
    from: Expectation | undefined,
    to: Wanted,
  ): readonly TextEdit[] {
    if (item?.kind !== 'map') return []
    const text = this.#text
    const found = entryOf(text, item, 'expect')
    if (found === undefined) return [addEntry(text, item, 'expect', to)]
    const { value } = found
    if (value.kind !== 'map' || from === undefined) return [replaceNode(text, value, to)]
    // The numbers of a fixture stand beside each other.
    const isFixture = Object.values(to).every((one) => typeof one === 'number')
    return isFixture || endOf(from) === endOfWanted(to)
      ? this.#editExpectation(value, from, to)
      : [replaceNode(text, value, to)]
  }

  /** Changes what differs in an expectation that goes on to be one of the same kind. */
  #editExpectation(node: MapSpan, from: Expectation, to: Wanted): readonly TextEdit[] {
    const text = this.#text
    const added: TextEdit[] = []
    const edits: TextEdit[] = []
    for (const [key, value] of Object.entries(to)) {
      const entry = entryOf(text, node, key)
      const before = from[key as keyof Expectation]
      if (entry === undefined) added.push(addEntry(text, node, key, value))
      else if ((key === 'labels' || key === 'include') && isLabels(before)) {
        edits.push(...editLabels(text, entry.value, before, value as Labels))
      } else if (flowText(value) !== flowText(plainOf(before))) {
        edits.push(replaceNode(text, entry.value, value))
      }
    }
    const [{ start, end } = { start: 0, end: 0 }] = added
    if (added.length === 0) return edits
    return [...edits, { start, end, text: added.map((edit) => edit.text).join('') }]
  }

  #editCell(
    item: SpanNode | undefined,
    row: number,
    column: number,
    value: string | undefined,
  ): readonly TextEdit[] {
    const rows = item?.kind === 'map' ? entryOf(this.#text, item, 'rows')?.value : undefined
    const cells = rows?.kind === 'list' ? rows.items[row] : undefined
    const cell = cells?.kind === 'list' ? cells.items[column] : undefined
    if (cell === undefined) return []
    if (value === undefined) return [{ start: cell.start, end: cell.end, text: '~' }]
    const edit = replaceNode(this.#text, cell, value)
    // `drop:2` is a text in every list, without quotes as well.
    return [/^"drop:\d+"$/.test(edit.text) ? { ...edit, text: value } : edit]
  }

  #wanted(from: Expectation | undefined, judged: Judged): Wanted {
    const { outcome } = judged
    if (outcome.kind === 'failed') return { fails: outcome.fault }
    if (outcome.kind === 'dropped') return { dropped: this.#droppedBy(from, judged.droppedBy()) }
    const { labels, publicLabels, url } = outcome
    const given = aboutActive.filter((key) => from !== undefined && isGiven(from, key))
    if (from === undefined || given.length === 0) return { labels: publicLabels }
    const include: Record<string, string> = {}
    const absent: string[] = []
    for (const name of [...Object.keys(from.include ?? {}), ...from.absent]) {
      const value = labelValue(labels, name)
      if (value === '') absent.push(name)
      else include[name] = value
    }
    const present = from.present.filter((name) => labelValue(labels, name) !== '')
    absent.push(...from.present.filter((name) => labelValue(labels, name) === ''))
    const has = (key: keyof Expectation): boolean => isGiven(from, key)
    return {
      ...(has('labels') ? { labels: publicLabels } : {}),
      ...(has('include') || Object.keys(include).length > 0 ? { include } : {}),
      ...(has('present') ? { present } : {}),
      ...(has('absent') || absent.length > 0 ? { absent } : {}),
      ...(has('url') && url !== undefined ? { url } : {}),
    }
  }

  #droppedBy(from: Expectation | undefined, rule: RuleName | undefined): FlowValue {
    if (rule === undefined) return true
    const before: DroppedBy | undefined =
      typeof from?.dropped === 'object' ? from.dropped : undefined
    const { place } = rule
    const number = before === undefined || before.rule !== undefined ? { rule: rule.number } : {}
    if (before?.place === undefined || place === undefined) return number
    const file = path.relative(path.dirname(this.#file), place.file)
    return { ...number, place: formatPlace({ ...place, file }) }
  }
}

/** What an expectation is about; undefined where it only says what is not to be. */
function endOf(from: Expectation): 'dropped' | 'fails' | 'active' | undefined {
  if (from.dropped !== undefined && from.dropped !== false) return 'dropped'
  if (from.fails !== undefined && from.fails !== false) return 'fails'
  return aboutActive.some((key) => isGiven(from, key)) ? 'active' : undefined
}

function endOfWanted(to: Wanted): 'dropped' | 'fails' | 'active' {
  if ('dropped' in to) return 'dropped'
  return 'fails' in to ? 'fails' : 'active'
}

function isLabels(value: unknown): value is Labels {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function plainOf(value: Expectation[keyof Expectation]): FlowValue {
  if (value === undefined) return ''
  if (typeof value !== 'object') return value
  const entries = Object.entries(value).filter(([, one]) => one !== undefined)
  return Array.isArray(value) ? (value as readonly string[]) : Object.fromEntries(entries)
}

function resultWord(judged: Judged): string {
  const { kind } = judged.outcome
  if (kind === 'active') return 'keep'
  if (kind === 'failed') return 'fail'
  const rule = judged.droppedBy()
  return rule === undefined ? 'drop' : `drop:${String(rule.number)}`
}
