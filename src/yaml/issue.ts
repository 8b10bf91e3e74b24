import { visibleLine } from '../go/visible.js'

/** Where something stands in a config file; line and column count from 1. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
  /** The way to it from the top: `scrape_configs[0].job_name`; empty for the file itself. */
  readonly path: string
}

/** One thing that is wrong with a config file. */
export interface ConfigIssue extends Place {
  /** What is wrong, in Prometheus' words where it has some. */
  readonly message: string
  /** What was probably meant. */
  readonly hint?: string
}

/** Whether an issue is about the value at that path, or about something in it. */
function isWithin({ path: at }: ConfigIssue, path: string): boolean {
  return at === path || at.startsWith(`${path}.`) || at.startsWith(`${path}[`)
}

/** The path of an issue, and those of all lists and maps around it: all that it is within. */
export function pathsAround({ path }: ConfigIssue): readonly string[] {
  return [...Array.from(path.matchAll(/[.[]/gu), ({ index }) => path.slice(0, index)), path]
}

/**
 * Tells of keys of one map whether all of them were read without fault, so that a check of their
 * values says something true. A key that an unknown one was probably meant for is not called absent.
 * @param issues those of the map's file
 * @param path the map's
 */
export function soundKeys(
  issues: readonly ConfigIssue[],
  path: string,
): (...keys: readonly string[]) => boolean {
  const inside = issues.filter((issue) => isWithin(issue, path))
  return (...keys) =>
    !inside.some((issue) =>
      keys.some((key) => isWithin(issue, `${path}.${key}`) || issue.hint === suggestionOf(key)),
    )
}

/** The hint to a key or word that was probably meant. */
export function suggestionOf(word: string): string {
  return `did you mean "${word}"?`
}

/** `prometheus.yml:6:3` */
export function formatPlace({ file, line, column }: Place): string {
  return `${file}:${String(line)}:${String(column)}`
}

/**
 * `prometheus.yml:6:3: scrape_configs[0].bogus: field bogus not found …`, always one line: a line break in a
 * key or a value must not look like another issue.
 */
export function formatIssue(issue: ConfigIssue): string {
  const path = issue.path === '' ? '' : `${issue.path}: `
  const hint = issue.hint === undefined ? '' : ` (${issue.hint})`
  return visibleLine(`${formatPlace(issue)}: ${path}${issue.message}${hint}`)
}

/** More than anyone reads; a text of all of them would be megabytes in every log line and answer. */
export const mostNamed = 1000

/**
 * A config file cannot be used; `issues` has the reasons that were found, in file order. The message names
 * the first thousand, and counts the others.
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code = 'ERR_CONFIG'
  readonly issues: readonly ConfigIssue[]
  /** How many reasons there are beside those, which were only counted. */
  readonly uncollected: number

  /**
   * @param options `heading` is a first line above the issues, which are then indented; `uncollected` is
   * how many more there are
   */
  constructor(
    issues: readonly ConfigIssue[],
    options: ErrorOptions & { heading?: string; uncollected?: number } = {},
  ) {
    const { heading, uncollected = 0, ...rest } = options
    const lines = issues.slice(0, mostNamed).map(formatIssue)
    const others = issues.length - lines.length + uncollected
    if (others > 0) lines.push(`and ${String(others)} more`)
    const text =
      heading === undefined ? lines.join('\n') : [visibleLine(heading), ...lines].join('\n  ')
    super(text, rest)
    this.issues = issues
    this.uncollected = uncollected
  }
}
