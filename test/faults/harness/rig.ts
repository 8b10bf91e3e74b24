import type { Vitals } from './vitals.js'

/** How `/api/v1/providers` shows a provider, as far as faults concern it. */
export interface ShownProvider {
  readonly name: string
  readonly mechanism: string
  readonly state: string
  readonly lastError: { readonly message: string } | null
}

/** A muster under test, seen from outside. Its jobs all have the section that is to suffer. */
export interface Rig {
  /** The active targets, `job host:port`, sorted. */
  targets(): Promise<readonly string[]>
  providers(): Promise<readonly ShownProvider[]>
  /** The text of `/metrics`. */
  metrics(): Promise<string>
  /** Everything that was logged so far. */
  log(): string
  /**
   * Reloads with a config of these jobs, and where asked for one more, `beside`, whose provider is
   * another one since its pace is.
   */
  reload(jobs: readonly string[], beside?: 'beside'): Promise<void>
  vitals(): Promise<Vitals>
}

/**
 * The same section, for another provider: with another `refresh_interval`, or, where the mechanism has
 * none, with another selector that all targets match (`spec.nodeName!=none1`).
 */
export function atOtherPace(section: string): string {
  const other = section.replaceAll(
    /(refresh_interval: |spec\.nodeName!=none)(\d+)/g,
    (_, key: string, number: string) => `${key}${String(Number(number) + 1)}`,
  )
  if (other === section) throw new Error(`nothing to tell another provider by in ${section}`)
  return other
}
