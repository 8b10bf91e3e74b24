import type { GuardStatus } from '../../discovery/guard/drop-guard.js'
import type { ProviderState, ProviderStatus } from '../../discovery/provider/provider-status.js'
import type { WebSources } from '../sources.js'
import type { Tone } from './text.js'

/** The discovery managers: `scrape` finds targets, `notify` finds Alertmanagers. */
export const managers = ['scrape', 'notify'] as const
export type ManagerName = (typeof managers)[number]

export interface NamedProvider extends ProviderStatus {
  readonly manager: ManagerName
}

export interface NamedGuard extends GuardStatus {
  readonly manager: ManagerName
}

export const toneOf: Readonly<Record<ProviderState, Tone>> = {
  failed: 'bad',
  failing: 'bad',
  starting: 'warn',
  stopped: 'idle',
  running: 'good',
}

const severity: readonly ProviderState[] = ['failed', 'failing', 'starting', 'stopped', 'running']

/** Every provider, those in trouble first, otherwise in their own order. */
export function providersOf(sources: WebSources): readonly NamedProvider[] {
  return managers
    .flatMap((manager) =>
      sources.discovery[manager].providers().map((one) => ({ ...one, manager })),
    )
    .sort((a, b) => severity.indexOf(a.state) - severity.indexOf(b.state))
}

/** The sets that are frozen, or of which a loss is held back. */
export function guardsOf(sources: WebSources): readonly NamedGuard[] {
  return managers.flatMap((manager) =>
    sources.discovery[manager].guarded().map((one) => ({ ...one, manager })),
  )
}

/** The worst state of each set's providers. */
export function worstBySet(
  providers: readonly NamedProvider[],
): ReadonlyMap<string, ProviderState> {
  const worst = new Map<string, ProviderState>()
  // The worst ones come first.
  for (const { manager, sets, state } of providers) {
    if (manager !== 'scrape') continue
    for (const set of sets) if (!worst.has(set)) worst.set(set, state)
  }
  return worst
}

/** A name in a path. Half of a surrogate pair cannot be in a URL. */
export function inPath(name: string): string {
  return encodeURIComponent(name.replace(/\p{Surrogate}/gu, '\uFFFD'))
}
