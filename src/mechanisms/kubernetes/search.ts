import { Observable, type Subscriber } from 'rxjs'
import type { DiscovererContext, Finding } from '../../discovery/mechanism.js'
import type { Lane } from '../../waiting/turns.js'
import type { Cluster, FeedEvent, Query } from './cluster.js'
import { type Feeds, feedsOf, lookupsIn, namespacesOf, queriesOf, roleOfConfig } from './feeds.js'
import type { KubernetesMetrics } from './metrics.js'
import type { Meta } from './objects.js'
import type { LabelMaker } from './roles/label-maker.js'
import { Scope } from './scope.js'
import type { KubernetesConfig } from './section.js'
import { Troubles } from './troubles.js'

export interface SearchOptions {
  readonly config: KubernetesConfig
  readonly cluster: Cluster
  /** The namespace that muster itself runs in; undefined where it is not known. */
  readonly ownNamespace: string | undefined
  readonly context: DiscovererContext
  readonly metrics: KubernetesMetrics
  readonly maker: LabelMaker
}

/**
 * Finds the targets of one config in a cluster, as a cold stream. Each namespace begins when all that it needs
 * is known, also while another cannot be read; a change makes those groups again that it can change.
 */
export function search(options: SearchOptions): Observable<Finding> {
  return new Observable((findings) => {
    const { config, cluster, ownNamespace, context } = options
    findings.add(cluster.requests.subscribe(() => context.countRequest?.()))
    const troubles = new Troubles(context.logger)
    const parts = namespacesOf(config, ownNamespace).map((name) => partOf(name, options))
    const run = new Search(parts, troubles, findings)
    for (const part of parts) run.follow(part)
  })
}

/** One namespace of a search, or all. */
interface Part {
  readonly queries: readonly Query[]
  readonly feeds: Feeds
  readonly scope: Scope
  readonly lane: Lane
  /** `waiting` for its feeds; `working`: its groups are being made; `done`: they are as they should be. */
  phase: 'waiting' | 'working' | 'done'
}

function partOf(
  namespace: string,
  { config, cluster, context, metrics, maker }: SearchOptions,
): Part {
  const { logger, turns } = context
  const role = roleOfConfig(config)
  const queries = queriesOf(config, role, namespace)
  const feeds = feedsOf(cluster, queries)
  const lookups = lookupsIn(feeds, config.attach_metadata, maker)
  return {
    queries,
    feeds,
    scope: new Scope({ role, feeds, lookups, metrics, logger }),
    lane: turns.lane(),
    phase: 'waiting',
  }
}

/** A search at work. */
class Search {
  readonly #parts: readonly Part[]
  readonly #troubles: Troubles
  readonly #findings: Subscriber<Finding>
  #isComplete = false

  constructor(parts: readonly Part[], troubles: Troubles, findings: Subscriber<Finding>) {
    this.#parts = parts
    this.#troubles = troubles
    this.#findings = findings
  }

  /** Follows the feeds of a part until the search ends. */
  follow(part: Part): void {
    for (const query of part.queries) {
      const feed = part.feeds[query.kind]
      this.#findings.add(
        feed?.events.subscribe({
          next: (event: FeedEvent<Meta>) => this.#take(part, query, event),
          error: (error: unknown) => this.#findings.error(error),
        }),
      )
    }
  }

  #take(part: Part, query: Query, event: FeedEvent<Meta>): void {
    switch (event.type) {
      case 'synced':
        part.scope.synced(query.kind)
        if (part.scope.isSynced && part.phase === 'waiting') this.#work(part)
        break
      case 'changes':
        part.scope.changed(query.kind, event.changes)
        if (part.phase === 'done' && part.scope.isDirty) this.#work(part)
        break
      case 'trouble':
        this.#judge(this.#troubles.take(query, event.trouble))
        break
    }
  }

  /** Makes the groups of a part that have to be made. */
  #work(part: Part): void {
    part.phase = 'working'
    this.#findings.add(
      part.lane
        .run(() => part.scope.groups())
        .subscribe({
          next: (groups) => this.#findings.next({ groups }),
          error: (error: unknown) => this.#findings.error(error),
          complete: () => {
            part.phase = 'done'
            this.#finish()
          },
        }),
    )
  }

  /** Says once that everything was found. */
  #finish(): void {
    if (this.#isComplete || !this.#parts.every(({ phase }) => phase === 'done')) return
    this.#isComplete = true
    this.#findings.next({ complete: true })
    // A finding that is complete says that all is well.
    const { trouble } = this.#troubles
    if (trouble !== null) this.#findings.next({ trouble })
  }

  #judge({ trouble }: Pick<Finding, 'trouble'>): void {
    if (trouble === undefined) return
    // Before everything was found there is nothing to be well.
    if (trouble !== null || this.#isComplete) this.#findings.next({ trouble })
  }
}
