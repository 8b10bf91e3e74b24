import { type SchedulerLike } from 'rxjs'
import { once } from 'node:events'
import net from 'node:net'
import { Registry } from 'prom-client'
import { describe, expect, it, onTestFinished } from 'vitest'
import { serverset } from '../../../src/mechanisms/zookeeper/index.js'
import type { Finding, TargetGroup } from '../../../src/discovery/index.js'
import { leaksOf } from '../../../src/testing/leaks.js'
import { freePort } from '../../helpers/free-port.js'
import { until } from '../../helpers/until.js'
import { decode, userAgent } from '../suite/run.js'
import { FakeZookeeper } from './fake-zookeeper.js'
import { FakeClock, testContext, type TestContext } from '../../../src/testing/discovery/index.js'

const data = (port: number): string =>
  JSON.stringify({ serviceEndpoint: { host: '127.63.0.1', port } })

/** A ZooKeeper with a member `/s/a`. */
async function fakeZookeeper(): Promise<FakeZookeeper> {
  const fake = await FakeZookeeper.listen()
  onTestFinished(() => fake.close())
  fake.set('/s', '')
  fake.set('/s/a', data(1), { isEphemeral: true })
  return fake
}

interface Running {
  readonly context: TestContext<SchedulerLike>
  readonly findings: readonly Finding[]
  readonly targets: readonly string[]
  stop(): void
}

/** Starts several discoverers of one mechanism, each with one of these configs. */
function harness(): {
  readonly clock: FakeClock
  start(config: Readonly<Record<string, unknown>>): Running
} {
  const clock = new FakeClock()
  const mechanism = serverset({ registry: new Registry(), env: {}, userAgent })
  return {
    clock,
    start(config) {
      const context = testContext(clock)
      const findings: Finding[] = []
      const groups = new Map<string, TargetGroup>()
      const subscription = mechanism
        .create(decode(mechanism, { paths: ['/s'], timeout: '9s', ...config }), context)
        .findings()
        .subscribe((finding) => {
          findings.push(finding)
          for (const group of context.take(finding)) groups.set(group.source, group)
        })
      onTestFinished(() => subscription.unsubscribe())
      return {
        context,
        findings,
        get targets() {
          const all = [...groups.values()].flatMap(({ targets }) => targets)
          return all.map((target) => target['__address__'] ?? '').sort()
        },
        stop: () => subscription.unsubscribe(),
      }
    },
  }
}

describe('a session', () => {
  it('is shared by all with the same servers and timeout, and closed by the last of them', async () => {
    const fake = await fakeZookeeper()
    const other = await fakeZookeeper()
    fake.set('/t', data(9))
    const { start } = harness()
    const runs = [
      start({ servers: [fake.address, other.address] }),
      start({ servers: [other.address, fake.address], paths: ['/s', '/s'] }),
    ]
    await until('the targets', () => runs.every(({ targets }) => targets.length === 1))
    expect(fake.connections + other.connections).toBe(1)
    const more = start({ servers: [fake.address, other.address], timeout: '8s' })
    await until('the targets of another session', () => more.targets.length === 1)
    expect(fake.connections + other.connections).toBe(2)
    for (const run of [more, ...runs]) run.stop()
    await until('no connection', () => fake.connections + other.connections === 0)
    expect(fake.closed + other.closed).toBe(2)
  })

  it('tells all who share it what changes', async () => {
    const fake = await fakeZookeeper()
    const { start } = harness()
    const runs = [
      start({ servers: [fake.address] }),
      start({ servers: [fake.address], paths: ['/s/a'] }),
    ]
    await until('the targets', () => runs.every(({ targets }) => targets.length === 1))
    for (const port of [2, 3, 4]) {
      fake.set('/s/a', data(port))
      const is = (run: Running): boolean => run.targets.join() === `127.63.0.1:${String(port)}`
      await until('the change', () => runs.every(is))
    }
    // The same znode is watched once for both.
    expect(fake.watches).toBe(3)
  })

  it('goes to another server where one is dead, and says nothing of it', async () => {
    const fake = await fakeZookeeper()
    const dead = [1, 2, 3].map(() => freePort())
    const servers = (await Promise.all(dead)).map((port) => `127.0.0.1:${String(port)}`)
    const run = harness().start({ servers: [...servers, fake.address] })
    await until('the target', () => run.targets.length === 1)
    expect(run.context.errors).toEqual([])
  })

  it('goes to the next server at once where it is lost after a while, with the newest state it has seen', async () => {
    const [first, second] = [await fakeZookeeper(), await fakeZookeeper()]
    const { clock, start } = harness()
    const run = start({ servers: [first.address, second.address] })
    await until('the target', () => run.targets.length === 1)
    const [used, next] = first.connections === 1 ? [first, second] : [second, first]
    // Not so far that a ping would be due.
    for (let i = 0; i < 5; i += 1) {
      clock.advance(2999)
      await new Promise(setImmediate)
      used.set('/s/a', data(100 + i))
      await until('that it lives', () => run.targets.includes(`127.63.0.1:${String(100 + i)}`))
    }
    await used.close()
    next.set('/s/b', data(7))
    await until('the targets of the next', () => run.targets.length === 2)
    expect(run.targets).toEqual(['127.63.0.1:1', '127.63.0.1:7'])
    expect(run.context.errors).toEqual([])
    expect(Number(next.seen.at(-1))).toBeGreaterThan(2)
  })

  it('waits before the next where it is lost at once, and asks for no state where none is left', async () => {
    const fake = await fakeZookeeper()
    const { clock, start } = harness()
    const run = start({ servers: [fake.address] })
    await until('the target', () => run.targets.length === 1)
    fake.manner = 'closing'
    fake.drop()
    await until('the failure', () => run.context.errors.length === 1)
    clock.advanceToNext()
    await until('the next failure', () => run.context.errors.length === 2)
    expect(String(run.context.errors[1])).toContain(
      'closed the connection before there was a session',
    )
    fake.manner = 'well'
    clock.advanceToNext()
    await until('that all is well', () => run.context.wells === 2)
    expect(fake.seen).toEqual([0n, 0n])
  })

  it('names every server where none can be used', async () => {
    const port = String(await freePort())
    const run = harness().start({ servers: [`127.0.0.1:${port}`, 'a:b:c', '127.0.0.1:x', '[::1'] })
    await until('the failure', () => run.context.errors.length > 0)
    const said = String(run.context.errors[0])
    expect(said).toContain(`127.0.0.1:${port}: connect ECONNREFUSED`)
    expect(said).toContain('address a:b:c: too many colons in address')
    expect(said).toContain('address 127.0.0.1:x: invalid port')
    expect(said).toContain("address [::1: missing ']' in address")
  })

  it('tries every address of a name', async () => {
    const fake = await fakeZookeeper()
    const run = harness().start({ servers: [`localhost:${String(fake.port)}`] })
    await until('the target', () => run.targets.length === 1)
  })

  it.each([
    ['hears nothing of it', 'silent'],
    ['has it, and waits for answers', 'mute'],
    ['has it refused', 'closing'],
  ] as const)('leaves nothing where it is ended while it %s', async (_, manner) => {
    const fake = await fakeZookeeper()
    fake.manner = manner
    const leaks = await leaksOf(async () => {
      const asked = new Promise<void>((resolve) => {
        fake.onAsked = (what) => {
          if (manner !== 'mute' || what !== 'session') resolve()
        }
      })
      const { clock, start } = harness()
      const run = start({ servers: [fake.address] })
      if (manner === 'closing') await until('the failure', () => run.context.errors.length > 0)
      else await asked
      run.stop()
      expect(clock.pending).toBe(0)
      await until('no connection', () => fake.connections === 0)
    })
    expect(leaks).toEqual([])
  })

  it('leaves nothing where the server takes nothing any more', async () => {
    const sockets: net.Socket[] = []
    const server = net.createServer((socket) => sockets.push(socket.pause()))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as net.AddressInfo
    const leaks = await leaksOf(async () => {
      const { start } = harness()
      const run = start({ servers: [`127.0.0.1:${String(port)}`] })
      await until('the connection', () => sockets.length === 1)
      run.stop()
      for (const socket of sockets) socket.destroy()
    })
    expect(leaks).toEqual([])
    server.close()
  })
})

describe('what a server sends', () => {
  it.each([
    ['a length that is none', 'ffffffff'],
    ['a message longer than any first one', '00000401'],
    ['an empty message', '00000000'],
    ['an answer without its end', '00000003000000'],
    ['an answer without a timeout', '000000080000000000000000'],
  ])('does no harm where it is %s', async (_, hex) => {
    const server = net.createServer((socket) => socket.write(Buffer.from(hex, 'hex')))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as net.AddressInfo
    const { clock, start } = harness()
    const run = start({ servers: [`127.0.0.1:${String(port)}`] })
    await until('the failure', () => run.context.errors.length > 0)
    expect(run.context.errors[0]).toMatchObject({ code: 'ERR_DISCOVERY_ZOOKEEPER' })
    run.stop()
    expect(clock.pending).toBe(0)
    server.close()
  })

  it.each([
    ['nothing, for a timeout of weeks', 2 ** 31 - 1, ''],
    ['a byte now and then of a message of a megabyte', 9000, '00'],
  ])('shows that it is dead where it is %s', async (_, timeoutMs, drop) => {
    const opened = Buffer.alloc(41)
    opened.writeInt32BE(37, 0)
    opened.writeInt32BE(timeoutMs, 8)
    let asked = 0
    const server = net.createServer((socket) => {
      socket
        .on('error', () => undefined)
        .on('data', () => {
          if (asked === 0) socket.write(Buffer.concat([opened, Buffer.from('00100000', 'hex')]))
          else socket.write(Buffer.from(drop, 'hex'))
          asked += 1
        })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as net.AddressInfo
    const { clock, start } = harness()
    const run = start({ servers: [`127.0.0.1:${String(port)}`] })
    await until('the session', () => asked === 2)
    clock.advance(20_000)
    await until('the ping', () => asked >= 3 || run.context.errors.length > 0)
    clock.advance(20_000)
    await until('the failure', () => run.context.errors.length > 0)
    expect(run.context.errors[0]).toMatchObject({
      message: expect.stringContaining('answered nothing for') as string,
    })
    run.stop()
    server.close()
  })

  it('does no harm where it is random', async () => {
    const fake = await fakeZookeeper()
    const { clock, start } = harness()
    let seed = 1
    const byte = (): number => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed & 255
    }
    const run = start({ servers: [fake.address] })
    await until('the target', () => run.targets.length === 1)
    for (let i = 1; i <= 50; i += 1) {
      fake.sendAll(
        Buffer.concat([Buffer.of(0, 0, 0, 40), Buffer.from(Array.from({ length: 40 }, byte))]),
      )
      await until('the failure', () => run.context.errors.length === i)
      clock.advanceToNext()
      await until('that all is well', () => run.context.wells === i + 1)
    }
    expect(run.targets).toEqual(['127.63.0.1:1'])
  })
})
