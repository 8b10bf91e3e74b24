import { describe, expect, it } from 'vitest'
import { Group, type MainProcess, runMain } from '../../src/run/index.js'
import { type FakeSignals, fakeSignals, scriptedActor } from '../../src/testing/index.js'

class FakeProcess implements MainProcess {
  readonly signals: FakeSignals = fakeSignals()
  readonly on: FakeSignals['on'] = this.signals.on
  readonly off: FakeSignals['off'] = this.signals.off
  readonly lines: string[] = []
  readonly stderr = { write: (text: string): unknown => this.lines.push(text) }
  readonly exits: number[] = []
  exitCode: number | undefined
  exit(code: number): void {
    this.exits.push(code)
  }
}

describe('runMain', () => {
  it.each<NodeJS.Signals>(['SIGINT', 'SIGTERM'])('ends with 0 after %s', async (signal) => {
    const main = new FakeProcess()
    const over = runMain(new Group({ name: 'daemon' }).add(scriptedActor('a')), main)
    main.signals.send(signal)
    await over
    expect(main).toMatchObject({ exitCode: 0, exits: [], lines: [] })
    expect(main.signals.listenerCount()).toBe(0)
  })

  it('ends with 1 and the error where an actor fails', async () => {
    const main = new FakeProcess()
    const actor = scriptedActor('a')
    const over = runMain(new Group({ name: 'daemon' }).add(actor), main)
    actor.fail(new Error('port in use'))
    await over
    expect(main).toMatchObject({ exitCode: 1, exits: [], lines: ['daemon: port in use\n'] })
  })

  it('ends at once with 130 and who blocked at a second SIGINT', async () => {
    const main = new FakeProcess()
    const actor = scriptedActor('a', [], 'hang')
    const over = runMain(new Group({ name: 'daemon' }).add(actor), main)
    main.signals.send('SIGINT')
    await new Promise(setImmediate)
    main.signals.send('SIGINT')
    expect(main.exits).toEqual([130])
    expect(main.lines.join('')).toMatch(/^daemon: stopped by force: a \(asked to stop .* ago\)/u)
    actor.finish()
    await over
  })

  it('ends the process though an actor that was given up may hold it open', async () => {
    const main = new FakeProcess()
    const actor = scriptedActor('a', [], 'hang')
    const over = runMain(new Group({ name: 'daemon', stopTimeoutMs: 1 }).add(actor), main)
    main.signals.send('SIGTERM')
    await over
    expect(main).toMatchObject({ exitCode: 1, exits: [1] })
    expect(main.lines.join('')).toContain('daemon: stop deadline passed: a (asked to stop')
    actor.finish()
  })

  it.each([
    {
      title: 'that has been started',
      group: async () => {
        const group = new Group()
        await group.run()
        return group
      },
      says: 'cannot add actor "signals": the group has been started',
    },
    {
      title: 'with an actor named signals',
      group: async () => new Group().add(scriptedActor('signals')),
      says: 'there is an actor "signals" already',
    },
  ])('says what is wrong with a group $title', async ({ group, says }) => {
    const main = new FakeProcess()
    await runMain(await group(), main)
    expect(main.exitCode).toBe(1)
    expect(main.lines.join('')).toContain(says)
  })
})
