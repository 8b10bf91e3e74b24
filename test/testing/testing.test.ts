import { EventEmitter } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { TargetGroup } from '../../src/discovery/groups/target-group.js'
import { abortable } from '../../src/run/index.js'
import { fakeSignals, leaksOf, runActor, scriptedActor } from '../../src/testing/index.js'
import { handDiscoverer } from '../../src/testing/discovery/index.js'

const boom = new Error('boom')

describe('runActor', () => {
  it('tells how the actor ended, without ever rejecting', async () => {
    const bad = scriptedActor('bad')
    const running = runActor(bad)
    expect(running.isOver).toBe(false)
    bad.fail(boom)
    expect(await running.outcome).toEqual({ ok: false, error: boom })
    expect(running.isOver).toBe(true)
  })

  it('interrupts once, with the reason, however often it is stopped', async () => {
    const log: string[] = []
    const running = runActor(scriptedActor('a', log))
    expect(await running.stop(boom)).toEqual({ ok: true })
    await running.stop()
    await running[Symbol.asyncDispose]()
    expect(log).toEqual(['a:start', 'a:interrupt(boom)', 'a:end'])
  })

  it('gives out what the interrupt throws', async () => {
    const running = runActor(scriptedActor('a', [], { throws: boom }))
    await expect(running.stop()).rejects.toBe(boom)
  })
})

describe('a scripted actor', () => {
  it('may be ended before it is started', async () => {
    const actor = scriptedActor('a')
    actor.fail(boom)
    await expect(actor.execute()).rejects.toBe(boom)
  })

  it('writes a reason that is no error as it is', async () => {
    const log: string[] = []
    await scriptedActor('a', log).interrupt({ code: 7 })
    expect(log).toEqual(['a:interrupt({ code: 7 })'])
  })
})

describe('fake signals', () => {
  it('reach those who listen, and say whether anybody did', () => {
    const signals = fakeSignals()
    const heard: string[] = []
    const listener = (signal: NodeJS.Signals): number => heard.push(signal)
    expect(signals.send('SIGTERM')).toBe(false)
    signals.on('SIGTERM', listener)
    signals.on('SIGHUP', listener)
    expect(signals.send('SIGTERM')).toBe(true)
    expect([signals.listenerCount(), signals.listenerCount('SIGHUP')]).toEqual([2, 1])
    signals.off('SIGTERM', listener)
    signals.off('SIGTERM', listener)
    expect(signals.send('SIGTERM')).toBe(false)
    expect(heard).toEqual(['SIGTERM'])
  })

  it('call a listener that takes itself away while they are sent', () => {
    const signals = fakeSignals()
    const heard: string[] = []
    const once = (): void => {
      signals.off('SIGINT', once)
      heard.push('once')
    }
    signals.on('SIGINT', once)
    signals.on('SIGINT', () => heard.push('always'))
    expect(signals.send('SIGINT')).toBe(true)
    expect(heard).toEqual(['once', 'always'])
  })
})

describe('a hand-cranked discoverer', () => {
  const group: TargetGroup = { source: 's', labels: {}, targets: [{ __address__: 'a:1' }] }

  it('emits to whoever is subscribed, fails, and starts anew', () => {
    const discoverer = handDiscoverer()
    const seen: unknown[] = []
    const observer = {
      next: (finding: unknown) => seen.push(finding),
      error: (e: unknown) => seen.push(e),
    }
    discoverer.emit(group)
    discoverer.findings().subscribe(observer)
    discoverer.emit(group, group)
    discoverer.fail(boom)
    expect(seen).toEqual([{ groups: [group, group], complete: true }, boom])
    expect([discoverer.subscribers, discoverer.subscriptions]).toEqual([0, 1])
    const again = discoverer.findings().subscribe(observer)
    discoverer.emit()
    again.unsubscribe()
    expect(seen[2]).toEqual({ groups: [], complete: true })
    expect([discoverer.subscribers, discoverer.subscriptions]).toEqual([0, 2])
  })

  it('completes when told', () => {
    const discoverer = handDiscoverer()
    const seen: string[] = []
    discoverer.findings().subscribe({ complete: () => seen.push('complete') })
    discoverer.complete()
    expect(seen).toEqual(['complete'])
  })
})

describe('leaksOf', () => {
  const emitter = new EventEmitter()
  const controller = new AbortController()
  const options = {
    emitters: { bus: emitter },
    signals: { scope: controller.signal },
    settleMs: 50,
  }

  it.each([
    {
      name: 'a timer',
      leak: () => {
        // Several: one that the test runner ends just then would make up for one.
        const timers = [1, 2, 3].map(() => setInterval(() => {}, 60_000))
        return () => timers.forEach((timer) => clearInterval(timer))
      },
      named: 'Timeout',
    },
    {
      name: 'a server',
      leak: () => {
        const server = createServer().listen(0, '127.0.0.1')
        return () => server.close()
      },
      named: 'TCPServerWrap',
    },
    {
      name: 'a listener',
      leak: () => {
        emitter.on('x', noop)
        return () => emitter.off('x', noop)
      },
      named: 'listener x of bus',
    },
    {
      name: 'an abort listener',
      leak: () => {
        controller.signal.addEventListener('abort', noop)
        return () => controller.signal.removeEventListener('abort', noop)
      },
      named: 'listener abort of scope',
    },
  ])('finds $name, and nothing where it is freed', async ({ leak, named }) => {
    const frees: (() => unknown)[] = []
    const leaking = async (): Promise<void> => {
      frees.push(leak())
    }
    // The test runner has timers of its own, which may come just then.
    expect(await leaksOf(leaking, options)).toContain(named)
    for (const free of frees) free()
    const clean = async (): Promise<void> => {
      leak()()
    }
    expect(await leaksOf(clean, { ...options, settleMs: 2_000 })).toEqual([])
  })

  it('does not count what was there before', async () => {
    const timer = setInterval(() => {}, 60_000)
    expect(await leaksOf(async () => {})).toEqual([])
    clearInterval(timer)
  })

  it('gives handles a moment to close', async () => {
    const actor = abortable('server', async (signal) => {
      const server = createServer().listen(0, '127.0.0.1')
      await new Promise((resolve) => {
        signal.addEventListener('abort', resolve, { once: true })
      })
      server.close()
    })
    const work = async (): Promise<void> => {
      await runActor(actor).stop()
    }
    expect(await leaksOf(work)).toEqual([])
  })
})

function noop(): void {}
