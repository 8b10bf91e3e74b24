import path from 'node:path'
import type { Labels } from '../../labels/index.js'
import { type GroupSection, groupSection } from '../../mechanisms/kit/group-section.js'
import type { Steps } from '../../waiting/turns.js'
import {
  checkedByKey,
  ConfigError,
  type Decoding,
  decodingText,
  field,
  filePath,
  int,
  list,
  map,
  oneOf,
  optional,
  type Place,
  Places,
  struct,
  type StructType,
  text,
  type Type,
} from '../../yaml/index.js'
import {
  type Expectation,
  expectation,
  faultForGroups,
  faultForOne,
  isGiven,
} from './expectation.js'
import { columnsOf, readRow, type TableColumn } from './table.js'

/** The targets of a fixture: a file, or groups written down in the test file. */
export type Groups = string | readonly GroupSection[]

/** One element of `tests`. */
export interface CaseSection {
  readonly name: string
  readonly job: string
  /** `target`: relabel_configs; `metric`: metric_relabel_configs. */
  readonly stage: 'target' | 'metric'
  /** A position in `alerting.alertmanagers`. */
  readonly alertmanagers: number | undefined
  readonly labels: Labels
  readonly groups: Groups | undefined
  readonly columns: readonly string[]
  readonly rows: readonly (readonly (string | undefined)[])[]
  readonly expect_column: string
  readonly url_column: string
  /** Undefined where it was left out, for `--update` to write. */
  readonly expect: Expectation | undefined
}

/** A file of tests as it is written. */
interface FileSection {
  readonly config_file: string
  readonly config_files: readonly string[]
  readonly job: string
  readonly defaults: Labels
  readonly tests: readonly CaseSection[]
}

/** A case, with where it stands. */
export interface PlacedCase {
  readonly section: CaseSection
  /** In `tests`, from 0. */
  readonly index: number
  readonly place: Place
  readonly jobPlace: Place
  readonly rowPlaces: readonly Place[]
}

/** A file of tests that was read without a fault. */
export interface TestFile {
  /** As it is named in messages. */
  readonly file: string
  readonly text: string
  /** In the order of the file; none where the command line has to say. */
  readonly configFiles: readonly string[]
  readonly job: string
  readonly jobPlace: Place
  readonly defaults: Labels
  readonly cases: readonly PlacedCase[]
}

const labelMap = map(text, 'labels')

const groups: Type<Groups | undefined> = {
  name: 'a file name or a list of groups',
  zero: () => undefined,
  decode: (node, at) =>
    node.kind === 'list' ? list(groupSection).decode(node, at) : filePath.decode(node, at),
  encode: () => undefined,
}

const written: StructType<CaseSection> = struct('test', {
  name: field(text),
  job: field(text),
  stage: field(
    oneOf(['target', 'metric'], 'target', (word) => `unknown stage "${word}": target or metric`),
    'target',
  ),
  alertmanagers: field(optional(int)),
  labels: field(labelMap),
  groups: field(groups),
  columns: field(list(text)),
  rows: field(list(list(optional(text)))),
  expect_column: field(text),
  url_column: field(text),
  expect: field(optional(expectation)),
})

/** Says what is wrong with a case as a whole: keys that do not go together. */
function checkCase(
  value: CaseSection,
  at: Decoding,
  isSound: (...keys: readonly string[]) => boolean,
): void {
  const { expect } = value
  if (value.name === '' && isSound('name')) at.failKey('name', 'a test needs a name')
  if (value.alertmanagers !== undefined && value.stage === 'metric') {
    at.failKey('stage', 'alertmanagers have no metrics')
  }
  if (value.groups !== undefined) {
    for (const key of ['columns', 'rows'] as const) {
      if (value[key].length > 0) at.failKey(key, 'a case has either groups or a table')
    }
    if (value.stage === 'metric' || value.alertmanagers !== undefined) {
      at.failKey('groups', 'are for targets of a job: leave out stage and alertmanagers')
    }
  }
  checkTable(value, at, isSound)
  if (expect === undefined || !isSound('expect')) return
  const fault = value.groups === undefined ? faultForOne(expect) : faultForGroups(expect)
  if (fault !== undefined) at.failKey('expect', `${fault.key} ${fault.message}`)
}

function checkTable(
  value: CaseSection,
  at: Decoding,
  isSound: (...keys: readonly string[]) => boolean,
): void {
  const { columns, rows, expect_column: expected, url_column: url } = value
  if (columns.length === 0) {
    for (const key of ['rows', 'expect_column', 'url_column'] as const) {
      if (value[key].length > 0) at.failKey(key, 'needs columns')
    }
    return
  }
  if (rows.length === 0 && isSound('rows')) at.failKey('columns', 'a table needs rows')
  for (const [key, name] of [
    ['expect_column', expected],
    ['url_column', url],
  ] as const) {
    if (name !== '' && !columns.includes(name)) at.failKey(key, `there is no column "${name}"`)
  }
  const { expect } = value
  if (expect !== undefined && (isGiven(expect, 'labels') || isGiven(expect, 'url'))) {
    at.failKey('expect', 'a table says labels and url in its columns')
  }
  for (const [i, row] of rows.entries()) {
    if (row.length === columns.length) continue
    const place = at.places.of(rows, String(i)) ?? at.place()
    const message = `the row has ${String(row.length)} values for ${String(columns.length)} columns`
    at.failAt(place, message)
  }
  const roles: readonly TableColumn[] = columnsOf(value)
  for (const row of rows) {
    const fault = readRow(roles, row, undefined)
    const cell = String(roles.findIndex(({ role }) => role === 'result'))
    if (typeof fault === 'string') at.failAt(at.places.of(row, cell) ?? at.place(), fault)
  }
  const seen = new Set<string>()
  for (const [i, { role, name }] of roles.entries()) {
    const key = `${role} ${name}`
    const place = at.places.of(columns, String(i)) ?? at.place()
    if (seen.has(key)) at.failAt(place, `the column "${columns[i] ?? ''}" stands twice`)
    seen.add(key)
  }
}

/** @param note is told where each case stands */
function fileTypeWith(note: (value: CaseSection, at: Decoding) => void): StructType<FileSection> {
  const test = checkedByKey(written, (value, at, isSound) => {
    note(value, at)
    checkCase(value, at, isSound)
  })
  return struct(
    'test file',
    {
      config_file: field(filePath),
      config_files: field(list(filePath)),
      job: field(text),
      defaults: field(labelMap),
      tests: field(list(test, 'an empty test')),
    },
    (value, at) => {
      if (value.config_file !== '' && value.config_files.length > 0) {
        at.failKey('config_files', 'write either config_file or config_files')
      }
      if (value.tests.length === 0) at.failKey('tests', 'there are no tests')
    },
  )
}

/** Remembers where lists stand: the tree of everything else would be in memory for nothing. */
class ListPlaces extends Places {
  override remember(value: unknown, at: Parameters<Places['remember']>[1]): void {
    if (Array.isArray(value)) super.remember(value, at)
  }
}

/**
 * Reads a file of tests.
 * @param file its name; paths in it start from its folder
 * @throws {ConfigError} with everything that is wrong, each with its place
 */
export function readTestFile(file: string, content: string): TestFile {
  const places = new ListPlaces()
  const placed = new Map<CaseSection, { readonly place: Place; readonly jobPlace: Place }>()
  let jobPlace: Place | undefined
  const type = fileTypeWith((value, at) => {
    const place = at.place()
    placed.set(value, { place, jobPlace: value.job === '' ? place : at.keyPlace('job') })
  })
  const read: StructType<FileSection> = {
    ...type,
    zero: () => type.defaults(),
    decodeAll(entries, at, early) {
      jobPlace = at.keyPlace('job')
      return type.decodeAll(entries, at, early)
    },
    decode(node, at) {
      jobPlace = at.keyPlace('job')
      return type.decode(node, at)
    },
  }
  const { value, issues } = stepsDone(decodingText(read, file, content, places))
  if (issues.length > 0) throw new ConfigError(issues)
  const start: Place = { file, line: 1, column: 1, path: '' }
  return {
    file,
    text: content,
    configFiles: value.config_file === '' ? value.config_files : [value.config_file],
    job: value.job,
    jobPlace: jobPlace ?? start,
    defaults: value.defaults,
    cases: value.tests.map((section, index) => ({
      section,
      index,
      ...(placed.get(section) ?? { place: start, jobPlace: start }),
      rowPlaces: section.rows.map((_, i) => places.of(section.rows, String(i)) ?? start),
    })),
  }
}

/** Runs steps to their end: nothing else waits for the event loop here. */
function stepsDone<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
  }
}

/** A path of a test file, from the folder of the file. */
export function besideTest(file: string, written: string): string {
  return path.isAbsolute(written) ? written : path.join(path.dirname(file), written)
}
