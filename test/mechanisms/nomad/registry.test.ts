import { describe, expect, it } from 'vitest'
import type { NomadEvent, Registration } from '../../../src/mechanisms/nomad/api.js'
import { Registry } from '../../../src/mechanisms/nomad/registry.js'

const web = { namespace: 'default', name: 'web' }

const one = (id: string, tag = ''): Registration => ({
  ID: id,
  ServiceName: web.name,
  Namespace: web.namespace,
  NodeID: '',
  Datacenter: '',
  Address: '127.52.1.1',
  Port: 80,
  Tags: [tag],
  ModifyIndex: 1,
})

const event = (Index: number, Type: string, Service: Registration): NomadEvent => ({
  Topic: 'Service',
  Type,
  Index,
  Payload: { Service },
})

describe('the services of a Nomad', () => {
  it('are as many as there is memory for; what is gone makes room', () => {
    const registry = new Registry(1, ',', 100)
    const changed = new Set<string>()
    const take = (...Events: readonly NomadEvent[]): void =>
      registry.take({ Index: 2, Events }, changed)
    const large = one('large', 'x'.repeat(5000))
    registry.read(web, { index: 1, value: [large] })
    expect(() => take(event(2, 'ServiceRegistration', { ...large, ID: 'other' }))).toThrow(
      'more than 0 MiB of memory',
    )
    const more = { index: 1, value: [large, { ...large, ID: 'other' }] }
    expect(() => registry.read(web, more)).toThrow('more than 0 MiB of memory')
    take(event(2, 'ServiceDeregistration', large), event(2, 'ServiceRegistration', one('a')))
    take(event(3, 'ServiceRegistration', { ...large, ID: 'other', ModifyIndex: 3 }))
    const [group] = registry.groups(changed)
    expect(group?.targets.map((labels) => labels['__meta_nomad_service_id'])).toEqual([
      'a',
      'other',
    ])
  })
})
