import { isDeepStrictEqual } from 'node:util'
import { Registry } from 'prom-client'
import { asyncScheduler, type SchedulerLike } from 'rxjs'
import { expect, it, onTestFinished } from 'vitest'
import type { TargetGroup } from '../../../src/discovery/index.js'
import type { Labels } from '../../../src/labels/index.js'
import type { MechanismFactory } from '../../../src/mechanisms/kit/index.js'
import { describeWithPeers } from '../../helpers/peers.js'
import { forThisTest } from '../../helpers/real-process.js'
import { RealPrometheus } from '../../helpers/real-prometheus.js'
import { RealZookeeper } from '../../helpers/real-zookeeper.js'
import { until } from '../../helpers/daemon.js'
import { ZookeeperWriter } from '../../helpers/zookeeper-writer.js'
import { withoutScrapeLabels } from '../suite/differences.js'
import { decode, sorted, userAgent } from '../suite/run.js'
import { Relay } from './relay.js'
import { testContext, type TestContext } from '../../../src/testing/discovery/index.js'

/** Members of one mechanism. */
export interface MemberData {
  /** A znode's data for a target at this address, which is of 127.0.0.0/8. */
  member(host: string, port: number): string
  /** Data with everything that makes labels. */
  readonly rich: string
}

/** One of both mechanisms beside a real Prometheus, on a real ZooKeeper. */
export function describeOnRealZookeeper(
  name: 'serverset' | 'nerve',
  make: MechanismFactory,
  { member, rich }: MemberData,
): void {
  describeWithPeers(`${name} on a real ZooKeeper`, ['zookeeper', 'prometheus'], () => {
    it('has the labels of a real Prometheus, also after changes of every kind', async () => {
      const zookeeper = await forThisTest(RealZookeeper.start())
      const writer = await open(zookeeper)
      const session = await open(zookeeper)
      await writer.create('/services')
      await writer.create('/services/app', 'no JSON')
      await writer.create('/services/app/a', member('127.62.0.1', 80))
      await session.create('/services/app/b', rich, 'session')
      const config = { servers: [zookeeper.address], paths: ['/services'], timeout: '4s' }
      const prometheus = await forThisTest(prometheusOn(name, config))
      const run = start(make, config)

      /** Waits until both have found so many targets, and compares them. */
      const areSame = async (what: string, targets: number): Promise<void> => {
        let theirs: readonly Labels[] = []
        // Prometheus is told of changes every five seconds.
        await until(
          what,
          async () => {
            theirs = sorted((await prometheus.targets()).droppedTargets.map(labelsOf))
            return isDeepStrictEqual(theirs, run.targets) && theirs.length === targets
          },
          20_000,
        ).catch(() => undefined)
        expect(run.targets, what).toEqual(theirs)
        expect(run.targets, what).toHaveLength(targets)
      }

      await areSame('at first', 2)
      await writer.create('/services/app/c', member('::1', 65_535))
      await writer.set('/services/app/a', member('127.62.0.2', 81))
      await areSame('one was created, one was changed', 3)
      await writer.create('/services/deep')
      await writer.create('/services/deep/deeper')
      await writer.create('/services/deep/deeper/d', member('127.62.0.3', 82))
      await writer.create('/services/deep/deeper/d/below', member('127.62.0.4', 83))
      await areSame('some were created at once, one below the other', 5)
      await writer.set('/services/app/a', '{"')
      await writer.set('/services/app/a', '')
      await writer.set('/services/app/c', '{}')
      await areSame('one has no data, one has no endpoint', 4)
      await writer.set('/services/app/a', rich)
      await session.close()
      await areSame('the session of one has ended', 4)
      await writer.delete('/services/deep/deeper/d/below')
      await writer.delete('/services/deep/deeper/d')
      await areSame('some were deleted', 2)
      await writer.set('/services', member('127.62.0.5', 84))
      await areSame('the path itself is a member', 3)
      expect(run.context.errors).toEqual([])
    })

    it('finds a path as soon as it is there', async () => {
      const zookeeper = await forThisTest(RealZookeeper.start())
      const writer = await open(zookeeper)
      const config = { servers: [zookeeper.address], paths: ['/late/path'], timeout: '4s' }
      const run = start(make, config)
      await until('the failure', () => run.context.errors.length > 0)
      expect(String(run.context.errors[0])).toContain('path /late/path does not exist')
      await writer.create('/late')
      await writer.create('/late/path', member('127.62.0.1', 80))
      await until('the target', () => run.targets.length === 1)
      await writer.delete('/late/path')
      await until('that it is gone', () => run.targets.length === 0)
      await writer.create('/late/path', member('127.62.0.2', 80))
      await until('the target again', () => run.targets.length === 1)
    })

    it('keeps its targets while ZooKeeper is dead, and has what there is when it is back', async () => {
      const zookeeper = await forThisTest(RealZookeeper.start())
      const first = await open(zookeeper)
      await first.create('/services')
      for (const id of ['a', 'b', 'c'])
        await first.create(`/services/${id}`, member('127.62.0.1', 80))
      const run = start(make, {
        servers: [zookeeper.address, '127.0.0.1:1'],
        paths: ['/services'],
        timeout: '4s',
      })
      await until('the targets', () => run.targets.length === 3)
      await zookeeper.kill()
      await until('the failure', () => run.context.errors.length > 0)
      expect(run.targets).toHaveLength(3)
      await zookeeper.restart()
      await until('that all is well', () => run.context.wells > 1)
      expect(run.least).toBe(3)
      const second = await open(zookeeper)
      await second.create('/services/d', member('127.62.0.2', 80))
      await until('what is new', () => run.targets.length === 4)
    })

    it('has no gap and the right targets after its session has expired while it saw nothing', async () => {
      const zookeeper = await forThisTest(RealZookeeper.start())
      const writer = await open(zookeeper)
      await writer.create('/services')
      for (const id of ['a', 'b', 'c']) {
        await writer.create(`/services/${id}`, member('127.62.0.1', Number.parseInt(id, 16)))
      }
      const relay = await forThisTest(Relay.to(zookeeper.port))
      const config = { servers: [relay.address], paths: ['/services'], timeout: '1s' }
      const run = start(make, config)
      await until('the targets', () => run.targets.length === 3)
      relay.hold()
      await until('that its session has expired', async () =>
        (await zookeeper.ask('wchs')).startsWith('0 connections'),
      )
      await writer.delete('/services/a')
      await writer.set('/services/b', member('127.62.0.2', 99))
      await writer.create('/services/d', member('127.62.0.4', 80))
      expect(run.targets).toHaveLength(3)
      relay.release()
      await until('what there is now', () => {
        const text = JSON.stringify(run.targets)
        return (
          text.includes('127.62.0.4') &&
          text.includes('127.62.0.2') &&
          !text.includes('/services/a')
        )
      })
      expect(run.targets).toHaveLength(3)
      expect(run.least).toBeGreaterThanOrEqual(3)
    })

    it('notices a ZooKeeper that hangs, and goes on when it does', async () => {
      const zookeeper = await forThisTest(RealZookeeper.start())
      const writer = await open(zookeeper)
      await writer.create('/services')
      await writer.create('/services/a', member('127.62.0.1', 80))
      const run = start(make, { servers: [zookeeper.address], paths: ['/services'], timeout: '1s' })
      await until('the target', () => run.targets.length === 1)
      zookeeper.pause()
      await until('the failure', () => run.context.errors.length > 0)
      expect(run.targets).toHaveLength(1)
      zookeeper.resume()
      const wells = run.context.wells
      await until('that all is well', () => run.context.wells > wells)
      expect(run.least).toBe(1)
    })
  })
}

function open(zookeeper: RealZookeeper): Promise<ZookeeperWriter> {
  return ZookeeperWriter.open(zookeeper.port)
}

/** A Prometheus that discovers, and scrapes nothing. */
function prometheusOn(name: string, config: object): Promise<RealPrometheus> {
  const job = {
    job_name: 'job',
    relabel_configs: [{ action: 'drop', source_labels: ['__address__'], regex: '.*' }],
    [`${name}_sd_configs`]: [config],
  }
  return RealPrometheus.start({
    'prometheus.yml': JSON.stringify({
      global: { scrape_interval: '100y' },
      scrape_configs: [job],
    }),
  })
}

/** The labels that discovery has found; an empty one is none. */
function labelsOf({ discoveredLabels }: { readonly discoveredLabels: Labels }): Labels {
  return withoutEmpty(withoutScrapeLabels(discoveredLabels))
}

function withoutEmpty(labels: Labels): Labels {
  return Object.fromEntries(
    Object.entries(labels)
      .filter(([, value]) => value !== '')
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}

/** A discoverer at work. */
interface Running {
  readonly context: TestContext<SchedulerLike>
  readonly targets: readonly Labels[]
  /** The fewest targets that there were since all were found for the first time. */
  readonly least: number
}

/** Starts one that ends with the test. */
function start(make: MechanismFactory, config: Readonly<Record<string, unknown>>): Running {
  const mechanism = make({ registry: new Registry(), env: {}, userAgent })
  const context = testContext(asyncScheduler)
  const groups = new Map<string, TargetGroup>()
  let least = Infinity
  const count = (): number =>
    Array.from(groups.values(), ({ targets }) => targets.length).reduce((a, b) => a + b, 0)
  const subscription = mechanism
    .create(decode(mechanism, config), context)
    .findings()
    .subscribe((finding) => {
      for (const group of context.take(finding)) groups.set(group.source, group)
      if (context.wells > 0) least = Math.min(least, count())
    })
  onTestFinished(() => subscription.unsubscribe())
  return {
    context,
    get least() {
      return least
    },
    get targets() {
      return sorted([...groups.values()].flatMap(({ targets }) => targets).map(withoutEmpty))
    },
  }
}
