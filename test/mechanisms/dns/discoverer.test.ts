import type { Answer } from 'dns-packet'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { until } from '../../helpers/until.js'
import { harness } from './harness.js'
import { type Asked, DnsTestServer, nxDomain, refused, type Reply } from './server.js'

const zone: Readonly<Record<string, readonly Answer[]>> = {
  'SRV _http._tcp.web.example': [
    {
      type: 'SRV',
      name: 'x',
      data: { target: 'b.web.example', port: 8080, priority: 1, weight: 1 },
    },
    { type: 'SRV', name: 'x', data: { target: 'a.web.example', port: 80 } },
  ],
  'A web.example': [
    { type: 'CNAME', name: 'x', data: 'real.example' },
    { type: 'A', name: 'x', data: '10.0.0.2' },
    { type: 'A', name: 'x', data: '10.0.0.1' },
    { type: 'TXT', name: 'x', data: 'hello' },
  ],
  'AAAA web.example': [
    { type: 'AAAA', name: 'x', data: '2001:db8:0:0:0:0:0:1' },
    { type: 'AAAA', name: 'x', data: '::ffff:10.0.0.9' },
  ],
  'MX web.example': [{ type: 'MX', name: 'x', data: { preference: 10, exchange: 'mail.example' } }],
  'NS web.example': [{ type: 'NS', name: 'x', data: 'ns1.example' }],
}

async function server(
  script: (asked: Asked) => Reply = ({ name, type }) => {
    const records = Object.hasOwn(zone, `${type} ${name}`) ? zone[`${type} ${name}`] : undefined
    return records === undefined ? { rcode: nxDomain } : { records }
  },
): Promise<DnsTestServer> {
  const started = await DnsTestServer.listen(script)
  onTestFinished(() => started.close())
  return started
}

const target = (address: string, name: string, labels: Record<string, string> = {}): object => ({
  __address__: address,
  __meta_dns_name: name,
  __meta_dns_srv_record_target: '',
  __meta_dns_srv_record_port: '',
  __meta_dns_mx_record_target: '',
  __meta_dns_ns_record_target: '',
  ...labels,
})

function oneAddress({ name }: Asked): Reply {
  return { records: [{ type: 'A', name, data: '10.0.0.1' }] }
}

afterEach(() => {
  vi.useRealTimers()
})

describe('dns discovery', () => {
  it.each([
    [
      'SRV records, without their dot in the address and with it in the label',
      'names: [_http._tcp.web.example]',
      [
        target('a.web.example:80', '_http._tcp.web.example', {
          __meta_dns_srv_record_target: 'a.web.example.',
          __meta_dns_srv_record_port: '80',
        }),
        target('b.web.example:8080', '_http._tcp.web.example', {
          __meta_dns_srv_record_target: 'b.web.example.',
          __meta_dns_srv_record_port: '8080',
        }),
      ],
    ],
    [
      'A records, passing over the CNAME before them',
      'names: [web.example]\ntype: A\nport: 9100',
      [target('10.0.0.1:9100', 'web.example'), target('10.0.0.2:9100', 'web.example')],
    ],
    [
      'AAAA records in brackets, as short as they can be written',
      'names: [web.example.]\ntype: aaaa\nport: 9100',
      [target('10.0.0.9:9100', 'web.example.'), target('[2001:db8::1]:9100', 'web.example.')],
    ],
    [
      'MX records',
      'names: [web.example]\ntype: MX\nport: 25',
      [target('mail.example:25', 'web.example', { __meta_dns_mx_record_target: 'mail.example.' })],
    ],
    [
      'NS records',
      'names: [web.example]\ntype: NS\nport: 53',
      [target('ns1.example:53', 'web.example', { __meta_dns_ns_record_target: 'ns1.example.' })],
    ],
    ['a name that does not exist, as no targets', 'names: [nowhere.example]', []],
  ])('gives %s', async (_, yaml, targets) => {
    const { port } = await server()
    const dns = await harness(port, 'nameserver 127.0.0.1\n')
    const [group, ...more] = await dns.first(yaml)
    expect(more).toEqual([])
    expect(group?.targets).toEqual(targets)
    expect(group?.source).toBe(/\[(.*?)\]/.exec(yaml)?.[1])
  })

  it('warns of a record that leads nowhere', async () => {
    const { port } = await server()
    const dns = await harness(port, 'nameserver 127.0.0.1\n')
    await dns.first('names: [web.example]\ntype: A\nport: 1')
    expect(dns.context.lines).toEqual([
      { level: 'warn', message: 'Invalid record', fields: { record: 'x TXT' } },
    ])
  })

  it('keeps a group whose name fails, empties one whose name is gone, and says so', async () => {
    vi.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
    })
    let answer = oneAddress
    const { port } = await server((asked) => answer(asked))
    const dns = await harness(port, 'nameserver 127.0.0.1\n')
    const { groups } = dns.collect('names: [a.example, b.example]\ntype: A\nport: 1')
    await until('the next answer', () => groups.length === 1)
    expect(groups[0]?.map((group) => group.source).toSorted()).toEqual(['a.example', 'b.example'])

    answer = ({ name }) => ({ rcode: name === 'a.example' ? refused : nxDomain })
    await vi.advanceTimersByTimeAsync(30_000)
    await until('the next answer', () => groups.length === 2)
    expect(groups[1]).toEqual([{ source: 'b.example', labels: {}, targets: [] }])
    expect(dns.context.errors.map(String)).toEqual([
      'DnsError: could not resolve "a.example": all servers responded with errors to at least one search domain',
    ])
    expect(
      dns.context.lines.filter((line) => line.level === 'error').map((line) => line.message),
    ).toEqual(['Error refreshing DNS targets'])
    const metrics = await dns.registry.metrics()
    expect(metrics).toContain('prometheus_sd_dns_lookups_total 4')
    expect(metrics).toContain('prometheus_sd_dns_lookup_failures_total 1')
  })

  it('emits nothing while records only change their order, and says that all is well', async () => {
    vi.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
    })
    let records: readonly Answer[] = ['10.0.0.1', '10.0.0.2'].map((data) => ({
      type: 'A',
      name: 'a',
      data,
    }))
    const { port } = await server(() => ({ records }))
    const dns = await harness(port, 'nameserver 127.0.0.1\n')
    const { groups } = dns.collect('names: [a.example]\ntype: A\nport: 1')
    await until('the next answer', () => groups.length === 1)
    records = records.toReversed()
    await vi.advanceTimersByTimeAsync(30_000)
    await until('the next answer', () => dns.context.wells === 1)
    expect(groups).toHaveLength(1)
  })

  it('reads resolv.conf again for each lookup', async () => {
    vi.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
    })
    const started = await server(({ name }) =>
      name === 'a.two.example'
        ? { records: [{ type: 'A', name, data: '10.0.0.1' }] }
        : { rcode: nxDomain },
    )
    const dns = await harness(started.port, 'nameserver 127.0.0.1\nsearch one.example\n')
    const { groups } = dns.collect('names: [a]\ntype: A\nport: 1')
    await until('the next answer', () => groups.length === 1)
    expect(groups[0]?.[0]?.targets).toEqual([])
    await dns.writeConfig('nameserver 127.0.0.1\nsearch two.example\n')
    await vi.advanceTimersByTimeAsync(30_000)
    await until('the next answer', () => groups.length === 2)
    expect(groups[1]?.[0]?.targets).toEqual([target('10.0.0.1:1', 'a')])
  })

  it('stops asking when it is unsubscribed from, and holds nothing any more', async () => {
    const started = await server(() => 'silence')
    const dns = await harness(started.port, 'nameserver 127.0.0.1\n')
    const before = process.getActiveResourcesInfo().length
    const { subscription } = dns.collect('names: [a.example, b.example]\ntype: A\nport: 1')
    await until('the next answer', () => started.asked.length === 2)
    subscription.unsubscribe()
    await until('the next answer', () => process.getActiveResourcesInfo().length <= before)
    expect(dns.context.lines).toEqual([])
    expect(dns.context.errors).toEqual([])
  })
})
