import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { Answer } from 'dns-packet'
import type { Labels } from '../../../src/labels/index.js'
import type { Mechanism } from '../../../src/discovery/index.js'
import type { MechanismOptions } from '../../../src/mechanisms/kit/index.js'
import { dnsMechanism } from '../../../src/mechanisms/dns/index.js'
import type { FaultCase, MechanismCases, Reached, Stage } from '../suite/cases.js'
import { type Asked, DnsTestServer, nxDomain, refused, type Reply, servFail } from './server.js'

const name = '_web._tcp.example'
const failed = `could not resolve "${name}": all servers responded with errors to at least one search domain`

const faults: Readonly<Record<string, Omit<FaultCase, 'title'> & { readonly reply: Reply }>> = {
  'is refused': { says: failed, reply: { rcode: refused } },
  'is told that the server failed': { says: failed, reply: { rcode: servFail } },
  'is told what is not DNS': {
    says: failed,
    reply: { bytes: () => [Buffer.from('no')] },
    limitMs: 2000,
  },
  'is told half of an answer': {
    says: failed,
    reply: { bytes: (query) => [query.subarray(0, 14)] },
    limitMs: 2000,
  },
  'is told nothing': { says: failed, reply: 'silence', limitMs: 2000 },
}

export default {
  section: {
    least: { names: ['a.example'] },
    prints: { names: ['a.example'], refresh_interval: '30s', type: 'SRV', port: 0 },
    most: [{ names: ['a', 'b'], type: 'A', port: 9, refresh_interval: '1500ms' }],
    refused: [
      [{ type: 'A' }, '1:1: DNS-SD config must contain at least one SRV record name'],
      [{ names: [] }, '1:1: names: DNS-SD config must contain at least one SRV record name'],
      [
        { names: ['a'], type: 'A' },
        '1:1: a port is required in DNS-SD configs for all record types except SRV',
      ],
      [
        { names: ['a'], type: 'mx' },
        '1:1: a port is required in DNS-SD configs for all record types except SRV',
      ],
      [{ names: ['a'], type: 'TXT' }, '2:1: type: invalid DNS-SD records type TXT'],
      [{ names: ['a'], port: 'http' }, '2:7: port: cannot unmarshal !!str `http` into int'],
    ],
  },
  runs: [
    {
      title: '',
      pace: 'polls',
      open: () => Resolver.open(),
      faults: Object.entries(faults).map(([title, fault]) => {
        return { title, ...fault, waitMs: 30_000 }
      }),
      changes: [{ title: 'is told that there is no such name', targets: () => [] }],
      pauses: ['before the answer'],
      failsInPart: true,
      failureCounter: 'prometheus_sd_dns_lookup_failures_total',
      oracle:
        'Prometheus asks the servers of /etc/resolv.conf at port 53, which a test does not own',
    },
  ],
} satisfies MechanismCases

/** What the DNS server answers. */
export const records: readonly Answer[] = [
  { type: 'SRV', name: 'x', data: { target: 'a.example', port: 80 } },
  { type: 'SRV', name: 'x', data: { target: 'b.example', port: 8080 } },
]

const target = (host: string, port: number): Labels => ({
  __address__: `${host}:${String(port)}`,
  __meta_dns_name: name,
  __meta_dns_srv_record_target: `${host}.`,
  __meta_dns_srv_record_port: String(port),
  __meta_dns_mx_record_target: '',
  __meta_dns_ns_record_target: '',
})

/** The DNS server of a resolv.conf. */
class Resolver implements Stage {
  readonly config = { names: [name] }
  readonly targets = [target('a.example', 80), target('b.example', 8080)]
  readonly expected = [`SRV ${name}`]
  readonly secrets = []
  readonly connections = 0
  readonly #server: DnsTestServer
  readonly #folder: string
  #reply: (asked: Asked) => Reply = () => ({ records })

  private constructor(folder: string, server: DnsTestServer) {
    this.#folder = folder
    this.#server = server
  }

  static async open(): Promise<Resolver> {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'muster-dns-'))
    await writeFile(path.join(folder, 'resolv.conf'), 'nameserver 127.0.0.1\n')
    const server = await DnsTestServer.listen((asked) => resolver.#reply(asked))
    const resolver: Resolver = new Resolver(folder, server)
    return resolver
  }

  get asked(): readonly string[] {
    return this.#server.asked.map(({ type, name: asked }) => `${type} ${asked}`)
  }

  make({ registry }: MechanismOptions): Mechanism {
    const resolvConf = path.join(this.#folder, 'resolv.conf')
    return dnsMechanism({ registry, resolvConf, port: this.#server.port })
  }

  begin(title: string): Promise<void> {
    const reply = faults[title]?.reply ?? { rcode: nxDomain }
    this.#reply = () => reply
    return Promise.resolve()
  }

  mend(): Promise<void> {
    this.#reply = () => ({ records })
    return Promise.resolve()
  }

  pause(): Promise<Reached> {
    const reached = new Promise<void>((resolve) => {
      this.#reply = () => {
        resolve()
        return 'silence'
      }
    })
    return Promise.resolve({ reached })
  }

  async close(): Promise<void> {
    await this.#server.close()
    await rm(this.#folder, { recursive: true })
  }
}
