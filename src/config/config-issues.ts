import {
  ConfigError,
  type ConfigIssue,
  type Decoded,
  type Place,
  type Places,
  pathsAround,
  soundKeys,
} from '../yaml/index.js'

/** Collects what is wrong with a config, across files and sections, each issue with its place. */
export class ConfigIssues {
  readonly #issues: ConfigIssue[] = []
  /** The issues at each place or below it: a file may have a mistake in each of its thousands of jobs. */
  readonly #inside = new Map<string, ConfigIssue[]>()
  readonly #places: Places
  readonly #file: string
  #uncollected = 0

  constructor(file: string, places: Places) {
    this.#file = file
    this.#places = places
  }

  /** Adds what was found in reading a file. */
  addDecoded({ issues, uncollected }: Pick<Decoded<unknown>, 'issues' | 'uncollected'>): void {
    for (const issue of issues) this.addIssue(issue)
    this.#uncollected += uncollected
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
    for (const path of pathsAround(issue)) {
      const key = keyOf(issue.file, path)
      const inside = this.#inside.get(key)
      if (inside === undefined) this.#inside.set(key, [issue])
      else inside.push(issue)
    }
  }

  /** The place of a decoded value, or of a key of it; the start of the main file where none is known. */
  placeOf(value: object, key?: string): Place {
    return this.#places.of(value, key) ?? { file: this.#file, line: 1, column: 1, path: '' }
  }

  /** Whether a value was read without a fault, so that it makes sense to check it further. */
  isSound(value: object): boolean {
    return this.#issuesIn(value).length === 0
  }

  /** The same for keys of a map: whether all of those asked for were read without a fault. */
  soundKeysOf(value: object): (...keys: readonly string[]) => boolean {
    return soundKeys(this.#issuesIn(value), this.placeOf(value).path)
  }

  #issuesIn(value: object): readonly ConfigIssue[] {
    if (this.#issues.length === 0) return []
    const { file, path } = this.placeOf(value)
    return this.#inside.get(keyOf(file, path)) ?? []
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
    const { sorted } = this
    const [first] = sorted
    if (first === undefined) return
    throw new ConfigError(sorted, { heading: heading(first), uncollected: this.#uncollected })
  }
}

function keyOf(file: string, path: string): string {
  return `${file}\n${path}`
}
