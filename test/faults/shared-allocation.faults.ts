import { Registry } from 'prom-client'
import { createServer, type Server, type Socket, connect } from 'node:net'
import { asyncScheduler } from 'rxjs'
import { afterEach, expect, it } from 'vitest'
import { electedAllocator, type ElectedAllocator } from '../../src/daemon/allocator-election.js'
import { AllocationStage, configOf } from '../allocation/stage.js'
import { until } from '../helpers/daemon.js'
import { listen } from '../helpers/listen.js'
import { describeWithPeers } from '../helpers/peers.js'
import { RealConsul } from '../helpers/real-consul.js'

/** A way to Consul that can be cut: what is under way hangs, and nothing new is answered. */
class Wire {
  readonly #target: number
  readonly #sockets = new Set<Socket>()
  readonly server: Server
  #isCut = false

  constructor(target: number) {
    this.#target = target
    this.server = createServer((socket) => {
      const other = connect(this.#target, '127.0.0.1')
      for (const [one, two] of [
        [socket, other],
        [other, socket],
      ] as const) {
        this.#sockets.add(one)
        one.on('data', (chunk) => {
          if (!this.#isCut) two.write(chunk)
        })
        one.on('error', () => two.destroy())
        one.on('close', () => {
          this.#sockets.delete(one)
          two.destroy()
        })
      }
    })
  }

  cut(): void {
    this.#isCut = true
  }

  mend(): void {
    this.#isCut = false
    for (const socket of this.#sockets) socket.destroy()
  }
}

const overlapMs = 4000
const pollMs = 500

/** One muster: an allocator that takes part in the election, and targets and members like every other. */
class Replica {
  readonly stage: AllocationStage
  readonly elected: ElectedAllocator
  readonly registry: Registry
  readonly wire: Wire
  readonly #done: Promise<void>

  private constructor(
    stage: AllocationStage,
    elected: ElectedAllocator,
    wire: Wire,
    registry: Registry,
  ) {
    this.registry = registry
    this.stage = stage
    this.elected = elected
    this.wire = wire
    this.#done = elected.election.execute()
  }

  static async start(name: string, consul: RealConsul): Promise<Replica> {
    const wire = new Wire(consul.port)
    const { address } = await listen(wire.server)
    const config = await configOf(
      `moves: {overlap: ${String(overlapMs / 1000)}s, budget: 25%/1s, member_grace: 0s}`,
    )
    const registry = new Registry()
    let elected: ElectedAllocator | undefined
    const stage = new AllocationStage(config, undefined, {
      scheduler: asyncScheduler,
      registry,
      make: (options) => {
        elected = electedAllocator(options, {
          server: address,
          cluster: 'test',
          replica: name,
          userAgent: 'test',
          env: {},
          registry,
        })
        return elected.allocator
      },
    })
    if (elected === undefined) throw new Error('the stage made no allocator')
    return new Replica(stage, elected, wire, registry)
  }

  async leads(): Promise<boolean> {
    const text = await this.registry.getSingleMetricAsString('muster_election_leader')
    return /muster_election_leader 1/.test(text)
  }

  get allocator() {
    return this.stage.allocator
  }

  async end(): Promise<void> {
    await this.elected.election.interrupt('end')
    await this.#done
    await this.stage.end()
  }
}

/** Collectors that ask one replica after the other, and keep what they have while none answers. */
class Collectors {
  readonly lists = new Map<string, ReadonlySet<string>>()
  readonly #targets: readonly string[]
  /** Since when each target has more than one holder. */
  readonly #double = new Map<string, number>()
  #round = 0
  /** What was seen that must not be. */
  readonly lost = new Set<string>()
  longestDouble = 0

  constructor(targets: readonly string[]) {
    this.#targets = targets
  }

  poll(members: readonly string[], replicas: readonly Replica[]): void {
    this.#round += 1
    for (const [i, member] of members.entries()) {
      // Any replica may be asked, as behind a load balancer.
      const replica = replicas[(i * 7 + this.#round) % replicas.length]
      if (replica?.allocator.state !== 'ready') continue
      // A member that is not known is answered with an empty list.
      this.lists.set(member, new Set(replica.stage.share(member)))
    }
  }

  look(now: number): void {
    const holders = new Map<string, number>()
    for (const list of this.lists.values()) {
      for (const target of list) holders.set(target, (holders.get(target) ?? 0) + 1)
    }
    for (const target of this.#targets) {
      const count = holders.get(target) ?? 0
      if (count === 0) this.lost.add(target)
      if (count < 2) this.#double.delete(target)
      else {
        const since = this.#double.get(target) ?? now
        this.#double.set(target, since)
        this.longestDouble = Math.max(this.longestDouble, now - since)
      }
    }
  }
}

describeWithPeers('three musters on a real Consul, and 100 collectors', ['consul'], () => {
  const ends: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end()
  })

  it('lose no target and share none for longer than the overlap: a leader that goes, a network that is cut, a Consul that dies', async () => {
    const consul = await RealConsul.start({ keeps: true })
    ends.push(() => consul.stop())
    const replicas: Replica[] = []
    for (const name of ['a', 'b', 'c']) {
      const replica = await Replica.start(name, consul)
      replicas.push(replica)
      ends.push(() => replica.end())
    }
    const targets = Array.from({ length: 1000 }, (_, i) => `127.0.0.1:${String(10_000 + i)}`)
    /** Collectors that are no members any more, and still ask. */
    let leaving: readonly string[] = []
    let members = Array.from({ length: 90 }, (_, i) => `collector-${String(i)}`)
    const show = (): void => {
      for (const { stage } of replicas) stage.members(...members)
    }
    for (const { stage } of replicas) stage.targets(targets)
    show()
    const same = (): boolean =>
      new Set(replicas.map(({ allocator }) => allocator.jobFingerprint('job'))).size === 1
    const isReady = (): boolean => replicas.every(({ allocator }) => allocator.state === 'ready')
    const leaderOf = async (of: readonly Replica[]): Promise<Replica | undefined> => {
      for (const replica of of) if (await replica.leads()) return replica
      return undefined
    }
    await until('there is a leader', async () => (await leaderOf(replicas)) !== undefined)
    await until('all have its epoch', () => isReady() && same())

    const collectors = new Collectors(targets)
    for (let i = 0; i < 6; i += 1) collectors.poll(members, replicas)
    const timer = setInterval(() => {
      collectors.poll([...members, ...leaving], replicas)
      collectors.look(Date.now())
    }, pollMs)
    ends.push(async () => clearInterval(timer))
    const settled = async (): Promise<void> => {
      await until('the new members have their share', () =>
        replicas.every(({ allocator: { overlapping, pending, epoch } }) => {
          const stages = epoch?.stages ?? []
          const ids = stages.flatMap((stage) => stage.members.map(({ id }) => id))
          const isWhole = ids.toSorted().join() === members.toSorted().join()
          return overlapping === 0 && pending === 0 && stages.length === 1 && isWhole
        }),
      )
      await until('all replicas agree', same)
    }

    // Ten more.
    members = [...members, ...Array.from({ length: 10 }, (_, i) => `new-${String(i)}`)]
    show()
    await settled()
    const first = await leaderOf(replicas)

    // The leader is cut off in the middle of a move: it stops to decide, and another one goes on.
    leaving = members.slice(-5)
    members = [
      ...members.slice(0, -5),
      ...Array.from({ length: 5 }, (_, i) => `later-${String(i)}`),
    ]
    show()
    first?.wire.cut()
    const others = replicas.filter((one) => one !== first)
    await until('another one leads', async () => (await leaderOf(others)) !== undefined)
    expect(await first?.leads()).toBe(false)
    first?.wire.mend()
    await settled()
    for (const gone of leaving) collectors.lists.delete(gone)
    leaving = []

    // Consul dies, and everything stays as it is.
    const before = replicas.map(({ allocator }) => allocator.jobFingerprint('job'))
    await consul.kill()
    await until('no replica leads', async () => (await leaderOf(replicas)) === undefined)
    expect(replicas.map(({ allocator }) => allocator.jobFingerprint('job'))).toEqual(before)
    expect(isReady()).toBe(true)
    await consul.restart()
    await until('a replica leads again', async () => (await leaderOf(replicas)) !== undefined)

    // The leader ends, as in a rollout.
    const last = await leaderOf(replicas)
    await last?.elected.election.interrupt('end')
    await until('the next one leads', async () => {
      const now = await leaderOf(replicas)
      return now !== undefined && now !== last
    })
    expect(collectors.lost).toEqual(new Set())
    expect(collectors.longestDouble).toBeLessThan(overlapMs + 6 * pollMs + 5000)
    expect(collectors.longestDouble).toBeGreaterThan(0)
  }, 240_000)
})

it('the address of a Consul that cannot be is refused', async () => {
  const config = await configOf()
  expect(
    () =>
      new AllocationStage(config, undefined, {
        make: (options) =>
          electedAllocator(options, {
            server: 'ftp://127.0.0.1',
            cluster: 'test',
            replica: 'a',
            userAgent: 'test',
            env: {},
            registry: new Registry(),
          }).allocator,
      }),
  ).toThrow('ftp')
})
