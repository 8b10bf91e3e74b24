import { describe, expect, it } from 'vitest'
import { UnbuiltMechanismError } from '../../src/mechanisms/kit/unbuilt.js'
import { decodeText, type Plain, sameConfig } from '../../src/yaml/index.js'
import { allMechanisms } from '../config/mechanisms.js'

/** As little as each section takes; those that are not here take nothing. */
const least: Readonly<Record<string, string>> = {
  aws: 'role: ecs',
  azure: '{subscription_id: a, authentication_method: SDK}',
  docker: 'host: tcp://a',
  dockerswarm: '{host: tcp://a, role: nodes}',
  eureka: 'server: http://a',
  gce: '{project: a, zone: b}',
  ionos: 'datacenter_id: a',
  kubernetes: 'role: ingress',
  kuma: 'server: http://a',
  marathon: 'servers: [a]',
  nerve: '{servers: [a], paths: [/b]}',
  oci: '{region: a, auth: instance_principal}',
  openstack: '{role: loadbalancer, region: a}',
  outscale: '{access_key: a, secret_key_file: /b}',
  ovhcloud:
    '{application_key: a, application_secret: b, consumer_key: c, service: dedicated_server}',
  puppetdb: '{url: http://a, query: b}',
  scaleway:
    '{role: instance, project_id: 11111111-1111-1111-1111-111111111111, access_key: SCWXXXXXXXXXXXXXXXXX, secret_key_file: /a}',
  serverset: '{servers: [a], paths: [/b]}',
  triton: '{account: a, dns_suffix: b, endpoint: c}',
  uyuni: '{server: http://a, username: b, password: c}',
}

const unbuilt = allMechanisms().filter((mechanism) => mechanism.unbuilt)

describe('mechanisms that are not built', () => {
  it.each(unbuilt.map((mechanism) => ({ name: mechanism.name, mechanism })))(
    '$name is read, printed, read again to the same, and refuses to run',
    ({ name, mechanism }) => {
      const read = (yaml: string): unknown => {
        const { value, issues } = decodeText(mechanism.section, '/p.yml', yaml)
        expect(issues).toEqual([])
        return value
      }
      const config = read(least[name] ?? '{}')
      const printed = mechanism.section.encode(config) as Readonly<Record<string, Plain>>
      expect(printed).not.toEqual({})
      const again = read(JSON.stringify(printed))
      // A secret reads as its mask the second time, and nothing else differs.
      expect(sameConfig(mechanism.section.encode(again), printed)).toBe(true)
      expect(() => mechanism.create(config, {} as never)).toThrow(UnbuiltMechanismError)
      expect(() => mechanism.create(config, {} as never)).toThrow(
        expect.objectContaining({ code: 'ERR_MECHANISM_UNBUILT', mechanism: name }),
      )
    },
  )
})
