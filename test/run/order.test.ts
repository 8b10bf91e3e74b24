import { describe, expect, it } from 'vitest'
import { Gate, Group, type LifecycleEvent } from '../../src/run/index.js'
import { scriptedActor } from '../../src/testing/index.js'

describe('an actor behind gates', () => {
  it('starts when the last of them opens', () => {
    const log: string[] = []
    const one = new Gate('one')
    const two = new Gate('two')
    const group = new Group().add(scriptedActor('a', log), { after: [one, two] })
    void group.run()
    one.open()
    expect(log).toEqual([])
    two.open()
    two.open()
    expect(log).toEqual(['a:start'])
    group.interrupt()
  })

  it('starts with the group when the gate is open already', () => {
    const log: string[] = []
    const gate = new Gate('g')
    gate.open()
    const group = new Group().add(scriptedActor('a', log), { after: gate })
    void group.run()
    expect(log).toEqual(['a:start'])
    group.interrupt()
  })

  it('is neither started nor interrupted when the group stops first, and does not hold it up', async () => {
    const log: string[] = []
    const gate = new Gate('never')
    const a = scriptedActor('a', log)
    const group = new Group().add(a).add(scriptedActor('gated', log), { after: gate })
    const run = group.run()
    expect(group.blockers()).toMatchObject([
      { name: 'a', state: 'running' },
      { name: 'gated', state: 'gated', waitsFor: ['never'] },
    ])
    a.finish()
    await run
    gate.open()
    expect(log).toEqual(['a:start', 'a:end', 'a:interrupt()'])
  })

  it('may be started by an actor that opens the gate while the group starts', async () => {
    const log: string[] = []
    const gate = new Gate('g')
    const opener = scriptedActor('opener', log)
    const group = new Group({ onEvent: openOn(gate, 'start', 'opener') })
      .add(scriptedActor('before', log), { after: gate })
      .add(opener)
      .add(scriptedActor('behind', log), { after: gate })
    const run = group.run()
    expect(log).toEqual(['before:start', 'opener:start', 'behind:start'])
    opener.finish()
    await run
  })
})

describe('a gate', () => {
  it('calls back at once when it is open, and once in all', async () => {
    const gate = new Gate('g')
    let calls = 0
    gate.onOpen(() => {
      calls += 1
    })
    const forget = gate.onOpen(() => {
      calls += 100
    })
    forget()
    gate.open()
    gate.open()
    gate.onOpen(() => {
      calls += 10
    })
    await gate.opened
    expect(calls).toBe(11)
  })
})

describe('stopAfter', () => {
  it('holds an interrupt back until the others are done, and nobody else', async () => {
    const log: string[] = []
    const drained = new Gate('drained')
    const db = scriptedActor('db', log)
    const web = scriptedActor('web', log, { waitsFor: drained.opened })
    const queue = scriptedActor('queue', log)
    const group = new Group()
      .add(db, { stopAfter: ['web', 'queue'] })
      .add(web)
      .add(queue)
    const run = group.run()
    group.interrupt()
    await turn()
    expect(log.slice(3)).toEqual(['web:interrupt()', 'queue:interrupt()', 'queue:end'])
    expect(group.blockers()).toMatchObject([
      { name: 'db', state: 'queued', waitsFor: ['web'] },
      { name: 'web', state: 'stopping' },
    ])
    drained.open()
    await run
    expect(log.slice(6)).toEqual(['web:end', 'db:interrupt()', 'db:end'])
  })

  it('may name an actor that never started', async () => {
    const log: string[] = []
    const group = new Group()
      .add(scriptedActor('a', log), { stopAfter: ['gated'] })
      .add(scriptedActor('gated', log), { after: new Gate('never') })
    const run = group.run()
    group.interrupt()
    await run
    expect(log).toEqual(['a:start', 'a:interrupt()', 'a:end'])
  })

  it('does not interrupt an actor that never started', async () => {
    const log: string[] = []
    const group = new Group()
      .add(scriptedActor('a', log))
      .add(scriptedActor('gated', log), { after: new Gate('never'), stopAfter: ['a'] })
    const run = group.run()
    group.interrupt()
    await run
    expect(log).toEqual(['a:start', 'a:interrupt()', 'a:end'])
  })

  it('holds for the actor that settled first too', async () => {
    const log: string[] = []
    const a = scriptedActor('a', log)
    const run = new Group()
      .add(a, { stopAfter: ['b'] })
      .add(scriptedActor('b', log))
      .run()
    a.finish()
    await run
    expect(log).toEqual(['a:start', 'b:start', 'a:end', 'b:interrupt()', 'b:end', 'a:interrupt()'])
  })
})

function openOn(gate: Gate, type: string, actor: string): (event: LifecycleEvent) => void {
  return (event) => {
    if (event.type === type && event.actor === actor) gate.open()
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
