import { Registry } from 'prom-client'
import { ReplaySubject, VirtualTimeScheduler } from 'rxjs'
import { Allocator, type AllocatorOptions } from '../../src/allocation/allocator.js'
import { type AllocatorConfig, loadAllocatorConfig } from '../../src/allocation/config.js'
import type { ProviderStatus } from '../../src/discovery/index.js'
import type { TargetUpdate } from '../../src/discovery/updates.js'
import type { Labels } from '../../src/labels/index.js'
import { builtInMechanisms } from '../../src/mechanisms/index.js'
import type { ScrapeJob } from '../../src/scrape/index.js'
import { group, jobWith, recordingLogger, Stage } from '../scrape/jobs.js'
import { standingTurns } from '../waiting/hand-clock.js'

const someMembers = 'members: {static_configs: [{targets: [unused:1]}]}'

/** The file's text as a config. @param before stands above it: the members */
export function configOf(text = '', before = someMembers): Promise<AllocatorConfig> {
  const mechanisms = builtInMechanisms({ registry: new Registry(), env: {}, userAgent: 'test' })
  const whole = `${before}\n${text}`
  const readFile = (): Promise<Uint8Array> => Promise.resolve(Buffer.from(whole))
  return loadAllocatorConfig('allocator.yml', { mechanisms, readFile })
}

/** A member as discovery shows it: its id, or its labels. */
export type Found = string | Labels

/** An allocator over real pools, with a clock and members that a test moves. */
export class AllocationStage {
  readonly pools: Stage
  readonly allocator: Allocator
  readonly clock = new VirtualTimeScheduler()
  readonly registry = new Registry()
  readonly lines: unknown[] = []
  readonly done: Promise<void>
  readonly #members = new ReplaySubject<TargetUpdate>(1)
  #hasAnswered = false

  constructor(
    config: AllocatorConfig,
    jobs: readonly ScrapeJob[] = [jobWith()],
    {
      make = (options) => new Allocator(options),
      ...more
    }: Partial<AllocatorOptions> & { make?: (options: AllocatorOptions) => Allocator } = {},
  ) {
    this.pools = new Stage(jobs)
    this.allocator = make({
      pools: this.pools.manager,
      discovery: {
        updates: this.#members,
        providers: () => [
          {
            lastSuccess: this.#hasAnswered ? 1 : undefined,
            staleSince: undefined,
          } as ProviderStatus,
        ],
        isSetSettled: () => true,
      },
      registry: this.registry,
      scheduler: this.clock,
      turns: standingTurns(),
      logger: recordingLogger(this.lines),
      random: () => 0.5,
      ...more,
    })
    this.use(config)
    this.done = this.allocator.execute()
  }

  use(config: AllocatorConfig): void {
    this.allocator.prepare(config).commit()
  }

  /** Discovery shows these members, and no other. */
  members(...found: readonly Found[]): void {
    this.#hasAnswered = true
    const targets = found.map((one) => (typeof one === 'string' ? { __address__: one } : one))
    const changes = new Map([['static/0', { source: '0', labels: {}, targets }]])
    this.#members.next({ set: 'members', generation: 1, changes })
  }

  /** Discovery shows these targets of a job, and no other. */
  targets(addresses: readonly (string | Labels)[], job = 'job'): void {
    this.pools.discover(job, group('g', addresses))
  }

  /** Lets time pass; seconds. */
  pass(seconds: number): void {
    this.clock.maxFrames = this.clock.now() + seconds * 1000
    this.clock.flush()
    this.clock.frame = this.clock.maxFrames
  }

  /** The addresses that a member gets. */
  share(member: string, job = 'job'): readonly string[] {
    const share = this.allocator.share(job, member)
    return (share?.parts ?? [])
      .flatMap(({ ranges }) => ranges)
      .map(({ targets, from }) => targets.discovered.targets[from]?.['__address__'] ?? '')
      .sort()
  }

  /** Who gets each target, in the order of the ids: owners, and those that have it for a while. */
  holders(job = 'job'): Readonly<Record<string, readonly string[]>> {
    const held: Record<string, string[]> = {}
    for (const { id } of this.allocator.members()) {
      for (const address of this.share(id, job)) (held[address] ??= []).push(id)
    }
    return held
  }

  end(): Promise<void> {
    this.allocator.interrupt()
    this.pools.manager.interrupt()
    return this.done
  }
}
