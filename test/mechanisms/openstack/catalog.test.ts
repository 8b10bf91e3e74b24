import { describe, expect, it } from 'vitest'
import {
  type Endpoint,
  type Service,
  serviceUrl,
} from '../../../src/mechanisms/openstack/catalog.js'

function endpoint(type: string, url: string, rest: Partial<Endpoint> = {}): Endpoint {
  return { type, url, interface: 'public', regions: ['r'], ...rest }
}

const choice = { availability: 'public', region: 'r' }
const urlOf = (service: Service, ...catalog: readonly Endpoint[]): string =>
  serviceUrl(catalog, service, choice)

describe('the URL of a service', () => {
  it.each([
    ['compute', 'http://c/v2.1', 'http://c/v2.1/'],
    ['compute', 'http://c/v2/project/', 'http://c/v2/project/'],
    ['compute', 'http://v3/nova', 'http://v3/nova/'],
    ['network', 'http://n:9696', 'http://n:9696/v2.0/'],
    ['network', 'http://n:9696/v2.0', 'http://n:9696/v2.0/'],
    ['load-balancer', 'https://l/load-balancer/', 'https://l/load-balancer/v2.0/'],
    ['load-balancer', 'https://l/load-balancer/v2.0/', 'https://l/load-balancer/v2.0/'],
  ] as const)('%s at %s is %s', (service, url, wanted) => {
    expect(urlOf(service, endpoint(service, url))).toBe(wanted)
  })

  it('is that of the first endpoint with this type, interface, region and version', () => {
    const others = [
      endpoint('network', 'http://0'),
      endpoint('compute', 'http://1', { interface: 'internal' }),
      endpoint('compute', 'http://2', { regions: ['q', ''] }),
      endpoint('compute', 'http://3/v3'),
    ]
    const regions = ['Region by name', 'r']
    const right = endpoint('compute', 'http://4/v2.1', { regions })
    expect(urlOf('compute', ...others, right, endpoint('compute', 'http://5'))).toBe(
      'http://4/v2.1/',
    )
    expect(() => urlOf('compute', ...others)).toThrow(
      'the service catalog has no public endpoint of type compute in region r',
    )
  })

  it.each(['', '/compute', '$(public_url)s/compute', 'ftp://c'])('is not %j', (url) => {
    expect(() => urlOf('compute', endpoint('compute', url))).toThrow(
      'the service catalog has no public endpoint of type compute in region r',
    )
  })
})
