import { describe, expect, it } from 'vitest'
import { MechanismRegistry } from '../../src/discovery/index.js'
import { ScriptedMechanism } from './scripted-mechanism.js'

describe('the registry of mechanisms', () => {
  it('finds a mechanism by its config key', () => {
    const own = new ScriptedMechanism('own')
    const registry = new MechanismRegistry([new ScriptedMechanism('other'), own])
    expect(registry.get('own_sd_configs')).toBe(own)
    expect(registry.get('no_sd_configs')).toBeUndefined()
    expect([...registry].map(({ name }) => name)).toEqual(['other', 'own'])
  })

  it.each([
    { name: 'a name is there twice', names: ['own', 'own'], says: 'own is there twice' },
    { name: 'a name would break the keys of groups', names: ['own/x'], says: '"own/x"' },
  ])('refuses mechanisms when $name', ({ names, says }) => {
    const mechanisms = names.map((name) => new ScriptedMechanism(name))
    expect(() => new MechanismRegistry(mechanisms)).toThrow(says)
  })
})
