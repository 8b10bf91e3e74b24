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
  /** Reloads with a config of these jobs. */
  reload(jobs: readonly string[]): Promise<void>
  vitals(): Promise<Vitals>
}
