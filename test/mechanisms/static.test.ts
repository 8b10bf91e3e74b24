import { describe, expect, it } from 'vitest'
import { Harness } from '../discovery/harness.js'
import { staticMechanism } from '../../src/mechanisms/static.js'
import { decodeText, list } from '../../src/yaml/index.js'

const read = (yaml: string) => decodeText(list(staticMechanism().section), '/etc/p.yml', yaml)

describe('static_configs', () => {
  it('gives each element as a group named by its position, and completes', () => {
    const mechanism = staticMechanism()
    const { value } = read('- targets: [a:80, b]\n  labels: {env: prod, n: 8500}\n- targets: [c:1]')
    const h = new Harness()
    h.manager.prepare(new Map([['job', [{ mechanism, config: value }]]])).commit()
    expect(h.news()).toEqual(['job: static/0/0=a:80+b static/0/1=c:1'])
    expect(h.manager.providers()[0]).toMatchObject({ state: 'running', groups: 2, targets: 3 })
    h.scheduler.advance(1000)
    expect(h.scheduler.pending).toBe(0)
  })

  it('keeps its provider over a reload with the same targets, and only then', () => {
    const mechanism = staticMechanism()
    const h = new Harness()
    const load = (yaml: string): void =>
      h.manager.prepare(new Map([['job', [{ mechanism, config: read(yaml).value }]]])).commit()
    load('- targets: [a]')
    load('- targets: ["a"]')
    expect(h.manager.providers().map((p) => p.name)).toEqual(['static/0'])
    load('- targets: [b]')
    expect(h.manager.providers().map((p) => p.name)).toEqual(['static/1'])
    expect([...(h.seen.get('job') ?? [])]).toEqual([['static/1/0', 'b']])
  })
})
