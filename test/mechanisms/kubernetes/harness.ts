import { onTestFinished } from 'vitest'
import { FakeApiServer } from '../../../bench/kubernetes-server.js'
import { createHttpClient, defaultHttpClientConfig } from '../../../src/http/index.js'
import type { Change, FeedEvent, Query } from '../../../src/mechanisms/kubernetes/cluster.js'
import {
  type ClusterOptions,
  createCluster,
  type OpenCluster,
} from '../../../src/mechanisms/kubernetes/clusters.js'
import type { Kind, Meta, ObjectOf } from '../../../src/mechanisms/kubernetes/objects.js'
import { silentLogger } from '../../../src/telemetry/index.js'
import { Turns } from '../../../src/waiting/turns.js'
import { until } from '../../helpers/until.js'
import { FakeClock } from '../../../src/testing/discovery/index.js'

/** A cluster on a fake server, with a clock that stands still. */
export interface Harness {
  readonly fake: FakeApiServer
  readonly clock: FakeClock
  readonly cluster: OpenCluster
  /** How many lists and watches failed. */
  readonly failures: () => number
  /** Follows a feed. */
  follow<K extends Kind>(query: Partial<Query> & { readonly kind: K }): Following<ObjectOf[K]>
}

/** What one subscriber of a feed has been told. */
export interface Following<O extends Meta> {
  readonly events: FeedEvent<O>[]
  /** `+web/a`, `~web/a`, `-web/a`: what changed, in order. */
  readonly changes: () => readonly string[]
  /** The names in the store, sorted. */
  readonly names: () => readonly string[]
  readonly isSynced: () => boolean
  /** The text of the trouble there is now. */
  readonly trouble: () => string | undefined
  /** Waits until the store has these. */
  has(...names: readonly string[]): Promise<void>
  synced(): Promise<void>
  leave(): void
}

export async function harness(options: Partial<ClusterOptions> = {}): Promise<Harness> {
  const fake = await FakeApiServer.listen()
  const client = createHttpClient(defaultHttpClientConfig(), {
    userAgent: 'muster/test',
    environment: {},
  })
  const clock = new FakeClock()
  let failures = 0
  const cluster = createCluster({
    client,
    server: fake.url,
    scheduler: clock,
    random: () => 0.5,
    turns: new Turns(),
    logger: silentLogger,
    maxWeight: 50_000,
    countFailure: () => {
      failures += 1
    },
    ...options,
  })
  onTestFinished(async () => {
    cluster.close()
    await client.close()
    await fake.close()
  })
  return {
    fake,
    clock,
    cluster,
    failures: () => failures,
    follow(query) {
      const full = { namespace: '', labelSelector: '', fieldSelector: '', ...query }
      return follow(cluster, full)
    },
  }
}

export function follow<K extends Kind>(
  cluster: Pick<OpenCluster, 'feed'>,
  query: Query<K>,
): Following<ObjectOf[K]> {
  const feed = cluster.feed(query)
  const events: FeedEvent<ObjectOf[K]>[] = []
  const subscription = feed.events.subscribe((event) => events.push(event))
  onTestFinished(() => subscription.unsubscribe())
  const names = (): readonly string[] => Array.from(feed.store.values(), keyOf).sort()
  const isSynced = (): boolean => events.some(({ type }) => type === 'synced')
  return {
    events,
    changes: () =>
      events.flatMap((event) => (event.type === 'changes' ? event.changes.map(shown) : [])),
    names,
    isSynced,
    trouble() {
      const said = events.findLast((event) => event.type === 'trouble')
      return said?.type === 'trouble' && said.trouble !== null
        ? String(said.trouble.error)
        : undefined
    },
    has: (...wanted) => until(wanted.join(), () => names().join() === wanted.join()),
    synced: () => until('all there is', isSynced),
    leave: () => subscription.unsubscribe(),
  }
}

export function keyOf({ namespace, name }: Meta): string {
  return namespace === '' ? name : `${namespace}/${name}`
}

function shown({ type, object }: Change<Meta>): string {
  return `${{ added: '+', modified: '~', deleted: '-' }[type]}${keyOf(object)}`
}
