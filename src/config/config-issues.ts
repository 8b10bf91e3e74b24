import {
  ConfigError,
  type ConfigIssue,
  isWithin,
  type Place,
  type Places,
  soundKeys,
} from '../yaml/index.js'

/** Collects what is wrong with a config, across files and sections, each issue with its place. */
export class ConfigIssues {
  readonly #issues: ConfigIssue[]
  readonly #places: Places
  readonly #file: string

  constructor(file: string, places: Places, issues: readonly ConfigIssue[]) {
    this.#file = file
    this.#places = places
    this.#issues = [...issues]
  }

  /** Reports what is wrong with a decoded struct, list or map, or with one key of it. */
  add(value: object, key: string | undefined, message: string): void {
    this.addAt(this.placeOf(value, key), message)
  }

  addAt(place: Place, message: string): void {
    this.addIssue({ ...place, message })
  }

  addIssue(issue: ConfigIssue): void {
    this.#issues.push(issue)
  }

  /** The place of a decoded value, or of a key of it; the start of the main file where none is known. */
  placeOf(value: object, key?: string): Place {
    return this.#places.of(value, key) ?? { file: this.#file, line: 1, column: 1, path: '' }
  }

  /** Whether a value was read without a fault, so that it makes sense to check it further. */
  isSound(value: object): boolean {
    if (this.#issues.length === 0) return true
    const { file, path } = this.placeOf(value)
    return !this.#issues.some((issue) => issue.file === file && isWithin(issue, path))
  }

  /** The same for keys of a map: whether all of those asked for were read without a fault. */
  soundKeysOf(value: object): (...keys: readonly string[]) => boolean {
    if (this.#issues.length === 0) return () => true
    const { file, path } = this.placeOf(value)
    return soundKeys(
      this.#issues.filter((issue) => issue.file === file),
      path,
    )
  }

  /** Every issue, those of the main file first, in the order of their lines. */
  get sorted(): readonly ConfigIssue[] {
    const rank = (file: string): string => (file === this.#file ? '' : file)
    return [...this.#issues].sort(
      (a, b) =>
        Number(rank(a.file) > rank(b.file)) - Number(rank(a.file) < rank(b.file)) ||
        a.line - b.line ||
        a.column - b.column,
    )
  }

  /** @throws {ConfigError} with every issue, when there is one */
  throwIfAny(heading: (first: ConfigIssue) => string): void {
    const [first] = this.sorted
    if (first !== undefined) throw new ConfigError(this.sorted, { heading: heading(first) })
  }
}
