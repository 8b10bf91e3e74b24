import type { DiscoveryMetrics } from './metrics.js'
import type { RefreshMetrics } from './refresh-metrics.js'

/** The part of the discovery metrics that one manager writes: its `name` is filled in. */
export class ManagerMetrics {
  readonly #metrics: DiscoveryMetrics
  readonly #name: string
  readonly #guarded = new Set<string>()

  /** @param name `scrape` or `notify` */
  constructor(metrics: DiscoveryMetrics, name: string) {
    this.#metrics = metrics
    this.#name = name
  }

  failedConfigs(count: number): void {
    this.#metrics.failedConfigs.set({ name: this.#name }, count)
  }

  received(): void {
    this.#metrics.receivedUpdates.inc({ name: this.#name })
  }

  /** Makes the counters visible at zero. */
  touch(): void {
    const labels = { name: this.#name }
    this.#metrics.receivedUpdates.inc(labels, 0)
    this.#metrics.delayedUpdates.inc(labels, 0)
    this.#metrics.sentUpdates.inc(labels, 0)
    this.#metrics.failedConfigs.set(labels, 0)
  }

  /** An update went out; a change that had to wait for it counts as delayed. */
  sent(wasHeld: boolean): void {
    this.#metrics.sentUpdates.inc({ name: this.#name })
    if (wasHeld) this.#metrics.delayedUpdates.inc({ name: this.#name })
  }

  targets(set: string, count: number): void {
    this.#metrics.discoveredTargets.set({ name: this.#name, config: set }, count)
  }

  updated(set: string, atMs: number): void {
    this.#metrics.lastUpdate.set({ name: this.#name, config: set }, atMs / 1000)
  }

  forgetSet(set: string): void {
    const labels = { name: this.#name, config: set }
    this.#guarded.delete(set)
    this.#metrics.discoveredTargets.remove(labels)
    this.#metrics.lastUpdate.remove(labels)
    this.#metrics.guardHeldTargets.remove(labels)
    this.#metrics.guardTrips.remove(labels)
  }

  /** The series come with the first time that anything is held in the set. */
  guardHeld(set: string, targets: number): void {
    if (targets === 0 && !this.#guarded.has(set)) return
    this.#guarded.add(set)
    this.#metrics.guardHeldTargets.set({ name: this.#name, config: set }, targets)
  }

  guardTripped(set: string): void {
    this.#metrics.guardTrips.inc({ name: this.#name, config: set })
  }

  providerSucceeded(provider: string, set: string, atMs: number): void {
    this.#metrics.providerLastSuccess.set(this.#provider(provider, set), atMs / 1000)
  }

  providerFailed(provider: string, set: string): void {
    this.#metrics.providerFailures.inc(this.#provider(provider, set))
  }

  providerHealthy(provider: string, set: string, isHealthy: boolean): void {
    const labels = this.#provider(provider, set)
    this.#metrics.providerHealthy.set(labels, isHealthy ? 1 : 0)
    this.#metrics.providerFailures.inc(labels, 0)
  }

  forgetProvider(provider: string, set: string): void {
    const labels = this.#provider(provider, set)
    this.#metrics.providerLastSuccess.remove(labels)
    this.#metrics.providerFailures.remove(labels)
    this.#metrics.providerHealthy.remove(labels)
  }

  /** The poll counters of one discoverer; its series begin with its first poll. */
  refresh(mechanism: string, set: string): RefreshMetrics {
    const { refreshFailures, refreshDuration, refreshDurations } = this.#metrics
    const labels = { mechanism, config: set }
    return {
      observe(seconds) {
        refreshDuration.observe(labels, seconds)
        refreshDurations.observe({ mechanism }, seconds)
        refreshFailures.inc(labels, 0)
      },
      failed() {
        refreshFailures.inc(labels)
      },
    }
  }

  forgetRefresh(mechanism: string, set: string): void {
    this.#metrics.refreshFailures.remove({ mechanism, config: set })
    this.#metrics.refreshDuration.remove({ mechanism, config: set })
  }

  #provider(provider: string, set: string): { name: string; provider: string; config: string } {
    return { name: this.#name, provider, config: set }
  }
}
