import { describe, expect, it } from 'vitest'
import { dnsSection } from '../../../src/mechanisms/dns/section.js'
import { decodeText } from '../../../src/yaml/index.js'

const read = (yaml: string): ReturnType<typeof decodeText<unknown>> =>
  decodeText(dnsSection, 'sd.yml', yaml)

describe('the section of dns_sd_configs', () => {
  it('has Prometheus defaults, and is printed as Prometheus prints it', () => {
    const { value } = decodeText(dnsSection, 'sd.yml', 'names: [a.example]')
    expect(value).toEqual({ names: ['a.example'], refresh_interval: 30_000, type: 'SRV', port: 0 })
    expect(dnsSection.encode(value)).toEqual({
      names: ['a.example'],
      refresh_interval: '30s',
      type: 'SRV',
      port: 0,
    })
  })

  it.each([
    ['no names at all', 'type: A', 'DNS-SD config must contain at least one SRV record name'],
    [
      'an empty list of names',
      'names: []',
      'DNS-SD config must contain at least one SRV record name',
    ],
    [
      'addresses without a port',
      'names: [a]\ntype: A',
      'a port is required in DNS-SD configs for all record types except SRV',
    ],
    [
      'mail servers without a port, in lower case',
      'names: [a]\ntype: mx',
      'a port is required in DNS-SD configs for all record types except SRV',
    ],
    ['a type that is none', 'names: [a]\ntype: TXT', 'invalid DNS-SD records type TXT'],
    [
      'a port that is no number',
      'names: [a]\nport: http',
      'cannot unmarshal !!str `http` into int',
    ],
  ])('refuses %s', (_, yaml, message) => {
    expect(read(yaml).issues.map((issue) => issue.message)).toEqual([message])
  })

  it.each(['a', 'AAAA', 'Mx', 'ns'])('takes the type %s in any case', (type) => {
    expect(read(`names: [a]\nport: 80\ntype: ${type}`).issues).toEqual([])
  })
})
