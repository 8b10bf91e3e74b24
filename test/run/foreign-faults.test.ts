import { EventEmitter, once } from 'node:events'
import http from 'node:http'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  type Actor,
  type ActorError,
  Gate,
  Group,
  httpServerActor,
  signalActor,
  supervise,
  systemdNotifier,
  systemdNotifyCommand,
} from '../../src/run/index.js'
import { fakeSignals, scriptedActor } from '../../src/testing/index.js'

const boom = new Error('boom')

function explode(): never {
  throw boom
}

/** An async function given where a plain one was asked for: TypeScript itself allows that. */
function explodeLater(): void {
  return Promise.reject(boom) as unknown as void
}

/** What a promise rejects with; taken at once, so that it is never unhandled. */
function outcomeOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'ended well',
    (error: unknown) => error,
  )
}

/** Looks like a promise, and throws when it is waited for. */
function badThenable(): object {
  const key = ['th', 'en'].join('')
  return { [key]: explode }
}

/** A gate that is not sound. */
class BadGate extends Gate {
  override onOpen(): never {
    throw boom
  }
}

const unhandled: unknown[] = []
const note = (error: unknown): void => {
  unhandled.push(error)
}

beforeEach(() => {
  process.on('unhandledRejection', note)
})
afterEach(async () => {
  await new Promise((resolve) => setImmediate(resolve))
  process.off('unhandledRejection', note)
  expect(unhandled.splice(0)).toEqual([])
})

describe('a group whose deadline passes', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0)
    vi.useRealTimers()
  })

  it.each([
    { name: 'activeResources throws', options: { activeResources: explode }, phase: 'listener' },
    { name: 'onEvent throws', options: { onEvent: explode }, phase: 'listener' },
    { name: 'onEvent rejects', options: { onEvent: explodeLater }, phase: 'listener' },
    { name: 'its clock throws', options: { now: explode }, phase: 'listener' },
    { name: 'an actor cannot tell its blockers', options: {}, phase: 'report' },
  ])('ends, and says so, though $name', async ({ options, phase }) => {
    const late: ActorError[] = []
    const inner: Actor = Object.assign(scriptedActor('inner', [], 'hang'), {
      blockers: phase === 'report' ? explode : () => [],
    })
    const a = scriptedActor('a')
    const group = new Group({
      stopTimeoutMs: 5_000,
      activeResources: () => ['Timeout'],
      onLateError: (error) => late.push(error),
      onEvent: () => undefined,
      ...options,
    })
      .add(inner)
      .add(scriptedActor('own', [], 'hang'), { stopTimeoutMs: 1_000 })
      .add(a)
    const outcome = outcomeOf(group.run())
    a.finish()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(await outcome).toMatchObject({
      code: 'ERR_RUN_OVERDUE',
      report: { blockers: [{ name: 'own' }, { name: 'inner' }] },
    })
    expect(late.length).toBeGreaterThan(0)
    for (const error of late)
      expect(error).toMatchObject({ code: 'ERR_RUN_ACTOR', phase, cause: boom })
  })

  it('ends with everything that went wrong where late errors are not taken', async () => {
    const group = new Group({
      stopTimeoutMs: 1,
      activeResources: explode,
      onEvent: () => undefined,
    })
    const a = scriptedActor('a')
    const outcome = outcomeOf(
      group
        .add(a)
        .add(scriptedActor('b', [], 'hang'))
        .run(),
    )
    a.finish()
    await vi.advanceTimersByTimeAsync(1)
    const error = await outcome
    expect(error).toMatchObject({ code: 'ERR_RUN_GROUP' })
    expect((error as AggregateError).errors[0]).toMatchObject({ code: 'ERR_RUN_OVERDUE' })
  })
})

describe('a group', () => {
  it('keeps what an onLateError rejects with, and the error it was given', async () => {
    const a = scriptedActor('a')
    const group = new Group({ onLateError: explodeLater }).add(a)
    group.add(scriptedActor('b', [], { throws: new Error('late') }))
    group.add(scriptedActor('c', [], { waitsFor: new Promise((resolve) => setImmediate(resolve)) }))
    const outcome = outcomeOf(group.run())
    a.finish()
    expect(await outcome).toMatchObject({
      code: 'ERR_RUN_GROUP',
      errors: [{ actor: 'b' }, { phase: 'listener', cause: boom }],
    })
  })

  it('whose gate throws stops those that it has started, and rejects with that', async () => {
    const log: string[] = []
    const group = new Group()
      .add(scriptedActor('a', log))
      .add(scriptedActor('b', log), { after: new BadGate('bad') })
      .add(scriptedActor('c', log))
    expect(await outcomeOf(group.run())).toBe(boom)
    expect(log).toEqual(['a:start', 'a:interrupt(boom)', 'a:end'])
  })

  it.each([
    { name: 'a number', given: 5 },
    { name: 'null', given: null },
    { name: 'an object whose then throws', given: badThenable(), error: boom },
  ])('takes $name in place of the promises of execute and interrupt', async ({ given, error }) => {
    const actor = { name: 'a', execute: () => given, interrupt: () => given } as unknown as Actor
    const late: unknown[] = []
    const group = new Group({ onLateError: ({ cause }) => late.push(cause) }).add(actor)
    expect(await outcomeOf(group.run())).toBe(error ?? 'ended well')
    // That the interrupt rejects with the very reason it was given adds nothing.
    expect(late).toEqual([])
  })
})

describe('a gate', () => {
  it('calls every listener, and then throws what one of them threw', () => {
    const gate = new Gate('g')
    const called: string[] = []
    gate.onOpen(explode)
    gate.onOpen(() => called.push('second'))
    expect(() => gate.open()).toThrow(boom)
    expect(called).toEqual(['second'])
    expect(gate.isOpen).toBe(true)
  })
})

describe('the signal actor', () => {
  it('rejects with what onSignal throws, and its group stops all the same', async () => {
    const source = fakeSignals()
    const group = new Group()
    group.add(signalActor({ source, group, onSignal: explode })).add(scriptedActor('worker'))
    const outcome = outcomeOf(group.run())
    source.send('SIGTERM')
    expect(await outcome).toBe(boom)
    expect(source.listenerCount()).toBe(0)
  })

  it('leaves nothing behind where it cannot listen', async () => {
    const source = fakeSignals()
    let calls = 0
    const half = {
      off: source.off,
      on(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void) {
        calls += 1
        if (calls === 2) throw boom
        source.on(signal, listener)
      },
    }
    const group = new Group()
    group.add(signalActor({ source: half, group }))
    expect(await outcomeOf(group.run())).toBe(boom)
    expect(source.listenerCount()).toBe(0)
  })

  it('ends though its listeners cannot be taken away, or what it waits for rejects', async () => {
    const source = fakeSignals()
    const group = { ended: Promise.reject(boom), report: explode }
    const actor = signalActor({ source: { on: source.on, off: explode }, group })
    const outcome = outcomeOf(actor.execute())
    await actor.interrupt(undefined)
    expect(await outcome).toBe('ended well')
  })
})

describe('the systemd actor', () => {
  it.each([
    { name: 'onError throws', broken: { onError: explode }, outcome: boom },
    { name: 'onError rejects', broken: { onError: explodeLater }, outcome: boom },
    { name: 'send throws at once', broken: {}, outcome: 'ended well' },
  ])('still sends what comes after when $name', async ({ broken, outcome }) => {
    const sent: string[] = []
    const actor = systemdNotifier({
      ready: new Gate('ready'),
      env: { NOTIFY_SOCKET: '/x' },
      onError: () => undefined,
      send(lines) {
        if (lines[0] === 'STATUS=bad') throw new Error('cannot')
        sent.push(...lines)
        return Promise.resolve()
      },
      ...broken,
    })
    actor.status('bad')
    actor.status('good')
    const over = outcomeOf(actor.execute())
    await actor.interrupt(undefined)
    expect(await over).toBe(outcome)
    expect(sent).toEqual(['STATUS=good', 'STOPPING=1'])
  })

  it('tells of a clock that throws, and of a health check that does, and sends no beat', async () => {
    vi.useFakeTimers()
    const sent: string[] = []
    const errors: unknown[] = []
    const actor = systemdNotifier({
      ready: new Gate('ready'),
      env: { NOTIFY_SOCKET: '/x', WATCHDOG_USEC: '2000000' },
      onError: (error) => errors.push(error),
      healthy: explode,
      monotonicNs: explode,
      send: async (lines) => {
        sent.push(...lines)
      },
    })
    const over = outcomeOf(actor.execute())
    actor.reloading()
    await vi.advanceTimersByTimeAsync(1_000)
    await actor.interrupt(undefined)
    expect(await over).toBe('ended well')
    expect(errors).toEqual([boom, boom])
    expect(sent).toEqual(['STOPPING=1'])
    vi.useRealTimers()
  })
})

describe('the HTTP server actor', () => {
  it.each([
    { name: 'onListening', options: { onListening: explode } },
    { name: 'ready', options: { ready: { open: explode } } },
  ])('closes the server, and rejects with what $name throws', async ({ options }) => {
    const server = http.createServer()
    const actor = httpServerActor({ server, listen: { port: 0, host: '127.0.0.1' }, ...options })
    expect(await outcomeOf(actor.execute())).toBe(boom)
    expect(server.listening).toBe(false)
    await actor.interrupt(undefined)
  })

  it('cuts what is left though onCut throws', async () => {
    const server = http.createServer(() => undefined)
    const ready = new Gate('listening')
    const actor = httpServerActor({
      server,
      listen: { port: 0, host: '127.0.0.1' },
      ready,
      drainMs: 0,
      onCut: explode,
    })
    const outcome = outcomeOf(actor.execute())
    await ready.opened
    const { port } = server.address() as { port: number }
    const client = http.get({ port, host: '127.0.0.1', agent: false })
    const cut = once(client, 'error')
    await once(server, 'request')
    await actor.interrupt(undefined)
    expect(await outcome).toBe(boom)
    await cut
  })
})

describe('a number that is no time', () => {
  const emitter = new EventEmitter()
  const group = new Group()
  it.each<[string, () => unknown, RegExp]>([
    [
      'of a group',
      () => new Group({ name: 'g', stopTimeoutMs: NaN }),
      /group "g": stopTimeoutMs is NaN/,
    ],
    [
      'of an actor',
      () => group.add(scriptedActor('a'), { stopTimeoutMs: -1 }),
      /actor "a": stopTimeoutMs is -1/,
    ],
    [
      'of a server',
      () => httpServerActor({ server: emitter as http.Server, drainMs: NaN }),
      /httpServerActor: drainMs is NaN/,
    ],
    ['of a command', () => systemdNotifyCommand({ env: {}, timeoutMs: NaN }), /timeoutMs is NaN/],
    ...(['withinMs', 'initialDelayMs', 'maxDelayMs', 'maxRestarts'] as const).map(
      (key): [string, () => unknown, RegExp] => [
        `of a supervisor (${key})`,
        () => supervise('s', () => scriptedActor('a'), { [key]: NaN }),
        new RegExp(`supervise "s": ${key} is NaN`),
      ],
    ),
    [
      'that is text',
      () => new Group({ stopTimeoutMs: '5' as unknown as number }),
      /stopTimeoutMs is 5/,
    ],
  ])('%s is refused, with its name', (_, make, says) => {
    expect(make).toThrow(expect.objectContaining({ code: 'ERR_RUN_USAGE' }))
    expect(make).toThrow(says)
  })
})

describe('long chains', () => {
  const count = 20_000

  it('of stopAfter stop one after the other', async () => {
    const order: number[] = []
    const group = new Group()
    for (let i = 0; i < count; i += 1) {
      const over = new Gate(String(i))
      const actor: Actor = {
        name: String(i),
        execute: () => over.opened,
        interrupt() {
          order.push(i)
          over.open()
        },
      }
      group.add(actor, i === 0 ? {} : { stopAfter: [String(i - 1)] })
    }
    const run = group.run()
    group.interrupt()
    await run
    expect(order).toEqual([...order.keys()])
    expect(order).toHaveLength(count)
  })

  it('of stopAfter stop on one stack where every actor has ended already', async () => {
    let interrupted = 0
    const group = new Group()
    const hold = new Gate('hold')
    const first: Actor = { name: '0', execute: async () => undefined, interrupt: () => hold.opened }
    group.add(first)
    for (let i = 1; i < count; i += 1) {
      group.add(
        {
          name: String(i),
          execute: async () => undefined,
          interrupt() {
            interrupted += 1
          },
        },
        { stopAfter: [String(i - 1)] },
      )
    }
    const run = group.run()
    await new Promise((resolve) => setImmediate(resolve))
    hold.open()
    await run
    expect(interrupted).toBe(count - 1)
  })

  it('of stopAfter that end in a circle are refused, with names of the circle', async () => {
    const group = new Group()
    for (let i = 0; i < count; i += 1) {
      group.add(scriptedActor(String(i)), { stopAfter: [String((i + 1) % count)] })
    }
    await expect(group.run()).rejects.toMatchObject({
      code: 'ERR_RUN_USAGE',
      message: expect.stringMatching(
        /^stopAfter goes round in a circle: 0 -> 1 -> .* \(19981 more\) -> 0$/,
      ),
    })
  })

  it('of groups in groups are refused where they are too deep, whichever way they were added', () => {
    let inner = new Group({ name: 'level 1' })
    const nest = (): void => {
      for (let level = 2; level <= count; level += 1) {
        inner = new Group({ name: `level ${String(level)}` }).add(inner)
      }
    }
    expect(nest).toThrow(
      'cannot add group "level 100" to "level 101": groups can be 100 levels deep',
    )
    let outer = new Group({ name: 'level 1' })
    const hang = (): void => {
      for (let level = 2; level <= count; level += 1) {
        const next = new Group({ name: `level ${String(level)}` })
        outer.add(next)
        outer = next
      }
    }
    expect(hang).toThrow('cannot add group "level 101" to "level 100"')
    const self = new Group({ name: 'self' })
    expect(() => self.add(self)).toThrow(expect.objectContaining({ code: 'ERR_RUN_USAGE' }))
  })

  it.each([
    { name: 'supervised actors', between: (actor: Actor): Actor => actor },
    {
      name: 'supervised actors with a group around each',
      between: (actor: Actor): Actor => new Group({ name: `around ${actor.name}` }).add(actor),
    },
  ])('of $name are refused where they are too deep, and not tried again', async ({ between }) => {
    let tries = 0
    let actor: Actor = scriptedActor('worker', [], 'hang')
    for (let i = count; i > 0; i -= 1) {
      const inner = actor
      const create = (): Actor => {
        tries += 1
        return between(inner)
      }
      actor = supervise(String(i), create)
    }
    await expect(new Group({ name: 'top' }).add(actor).run()).rejects.toMatchObject({
      code: 'ERR_RUN_USAGE',
      message: expect.stringMatching(/^cannot (run|add) .*: groups can be 100 levels deep$/),
    })
    expect(tries).toBeLessThan(101)
  })

  it('of fifty supervised actors start, report and stop', async () => {
    const worker = scriptedActor('worker', [], 'hang')
    let actor: Actor = worker
    for (let i = 50; i > 0; i -= 1) {
      const inner = actor
      actor = supervise(String(i), () => inner)
    }
    const group = new Group().add(actor)
    const run = group.run()
    let [inside] = group.blockers()
    let levels = 0
    for (; inside !== undefined; levels += 1) [inside] = inside.within
    expect(levels).toBe(51)
    group.interrupt()
    worker.finish()
    await run
  })

  it('of a hundred groups start, report and stop', async () => {
    const worker = scriptedActor('worker', [], 'hang')
    let outer = new Group({ name: '1' }).add(worker)
    for (let level = 2; level <= 100; level += 1) {
      outer = new Group({ name: String(level) }).add(outer)
    }
    const run = outer.run()
    outer.interrupt()
    expect(outer.report().blockers).toHaveLength(1)
    worker.finish()
    await run
  })
})
