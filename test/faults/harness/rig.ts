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

/** The same section with another `refresh_interval`. */
export function atOtherPace(section: string): string {
  const other = section.replaceAll(
    /refresh_interval: (\d+)/g,
    (_, pace: string) => `refresh_interval: ${String(Number(pace) + 1)}`,
  )
  if (other === section) throw new Error(`no refresh_interval in ${section}`)
  return other
}
