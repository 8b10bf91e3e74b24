import { expect, it } from 'vitest'
import { describeMechanism } from './describe-mechanism.js'
import { mechanismsWithCases } from './mechanisms-with-cases.js'

/** Mechanisms that are tested in a file of their own, so that several files run at a time. */
const families = {
  amazon: ['aws', 'ec2', 'ecs', 'elasticache', 'lightsail', 'msk', 'rds'],
  clouds: [
    'azure',
    'digitalocean',
    'gce',
    'hetzner',
    'ionos',
    'linode',
    'oci',
    'outscale',
    'ovhcloud',
    'scaleway',
    'stackit',
    'vultr',
  ],
  /** What runs on machines of one's own. */
  platforms: [
    'docker',
    'dockerswarm',
    'eureka',
    'kuma',
    'marathon',
    'nerve',
    'nomad',
    'openstack',
    'puppetdb',
    'serverset',
    'triton',
    'uyuni',
  ],
} as const

/**
 * Every mechanism of one family, with the cases in its folder: see docs/adding-a-mechanism.md.
 * @param family `rest` for all that are in no other, such as a new one
 */
export async function describeFamily(family: keyof typeof families | 'rest'): Promise<void> {
  const all = await mechanismsWithCases()
  const named = new Set<string>(Object.values(families).flat())
  const own = new Set<string>(family === 'rest' ? [] : families[family])
  for (const name of own) {
    if (!all.some((one) => one.name === name)) throw new Error(`${name} is not in the list`)
  }
  const isOf = (name: string): boolean => (family === 'rest' ? !named.has(name) : own.has(name))
  for (const { name, make, folder, cases } of all) {
    if (!isOf(name)) continue
    if (cases !== undefined) describeMechanism(make, cases, folder)
    else {
      it(`${name} has its cases in test/mechanisms/${name}/cases.ts`, () => {
        expect(cases).toBeDefined()
      })
    }
  }
}
