import type { Labels } from '../../../src/labels/index.js'
import type { Mechanism } from '../../../src/discovery/index.js'
import { consulMechanism } from '../../../src/mechanisms/consul/index.js'
import type { MechanismOptions } from '../../../src/mechanisms/kit/index.js'
import type { Element, FaultCase, MechanismCases, Reached, Stage } from '../suite/cases.js'
import { FakeConsul, type Fault, type Instance } from './fake-consul.js'
import type { FakeClock } from '../../../src/testing/discovery/index.js'

/** What goes wrong with the requests for one service, and then with those for the catalog. */
const faults: Readonly<Record<string, Omit<FaultCase, 'title'> & { readonly fault: Fault }>> = {
  'closes the connection': { fault: { kind: 'reset' }, says: /other side closed/ },
  'ends in the middle of an answer': { fault: { kind: 'cut' }, says: /other side closed/ },
  ...Object.fromEntries(
    [401, 403, 429, 500, 503].map((status) => [
      `answers ${String(status)}`,
      {
        fault: { kind: 'status', status, body: 'why' } as const,
        says: new RegExp(`^Consul answered ${String(status)} to /v1/.*: why$`),
      },
    ]),
  ),
  'answers what is not JSON': {
    fault: { kind: 'body', body: 'geheim-token' },
    says: /is not JSON$/,
  },
  'answers JSON of another shape': { fault: { kind: 'body', body: '"x"' }, says: / was expected$/ },
}

const services: Readonly<Record<string, readonly Instance[]>> = {
  web: [
    { id: 'web-1', address: '127.50.0.1', port: 8080, tags: ['a', 'b'], status: 'warning' },
    { id: 'web-2', port: 8080 },
  ],
  db: [{ id: 'db-1', address: '127.50.0.3', port: 5432, status: 'passing' }],
}

const unreachable = 'cannot be connected to'
const places = { 'for a service': '/health/service/web', 'for the catalog': '/catalog/services' }

export default {
  section: {
    least: {},
    prints: {
      server: 'localhost:8500',
      tag_separator: ',',
      scheme: 'http',
      allow_stale: true,
      refresh_interval: '30s',
      follow_redirects: true,
      enable_http2: true,
    },
    most: [
      {
        server: 'http://u:geheim@a:8500',
        path_prefix: '/p',
        token: 'geheim',
        datacenter: 'd',
        namespace: 'n',
        partition: 'p',
        tag_separator: ';',
        scheme: 'https',
        allow_stale: false,
        refresh_interval: '1m',
        services: ['s'],
        tags: ['t'],
        node_meta: { a: 'b' },
        filter: 'f',
        health_filter: 'h',
      },
      { username: 'me', password: 'geheim' },
    ],
    refused: [
      [{ server: ' ' }, '1:1: server: consul SD configuration requires a server address'],
      [
        { username: 'me', basic_auth: { username: 'you' } },
        '1:1: username: at most one of consul SD configuration username and password and basic auth can be configured',
      ],
      [
        { password: 'x', authorization: { credentials: 'y' } },
        '1:1: password: at most one of basic_auth, oauth2 & authorization must be configured',
      ],
      [
        { username: 'me', bearer_token: 'y' },
        '1:1: username: at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured',
      ],
      [
        { token: 'x', authorization: { credentials: 'y' } },
        '1:1: token: at most one of consul SD token, authorization, or oauth2 can be configured',
      ],
      [
        { token: 'x', oauth2: { client_id: 'a', client_secret: 'b', token_url: 'http://x' } },
        '1:1: token: at most one of consul SD token, authorization, or oauth2 can be configured',
      ],
    ],
  },
  runs: [
    {
      title: '',
      pace: 'watches',
      open: () => Agent.open(),
      faults: [
        { title: unreachable, says: /ECONNREFUSED|other side closed/ },
        ...Object.keys(places).flatMap((place) =>
          Object.entries(faults).map(([title, { says }]) => ({ title: `${title} ${place}`, says })),
        ),
      ],
      changes: [
        {
          title: 'has no instance of a service any more',
          targets: (all) => all.filter((labels) => labels['__meta_consul_service'] !== 'db'),
        },
      ],
      pauses: [
        'in the middle of the answer for the catalog',
        'in the middle of the answer for a service',
      ],
      oracle: { release: 'prometheus_consul', differences: {} },
    },
  ],
} satisfies MechanismCases

const common = {
  __meta_consul_dc: 'dc-fake',
  __meta_consul_node: 'node-1',
  __meta_consul_address: '10.0.0.1',
  __meta_consul_namespace: '',
  __meta_consul_partition: '',
}

/** An agent of Consul. */
class Agent implements Stage {
  readonly config: Element
  readonly targets: readonly Labels[] = [
    {
      ...common,
      __address__: '127.50.0.1:8080',
      __meta_consul_service: 'web',
      __meta_consul_service_id: 'web-1',
      __meta_consul_service_address: '127.50.0.1',
      __meta_consul_service_port: '8080',
      __meta_consul_tags: ',a,b,',
      __meta_consul_health: 'warning',
    },
    {
      ...common,
      __address__: '10.0.0.1:8080',
      __meta_consul_service: 'web',
      __meta_consul_service_id: 'web-2',
      __meta_consul_service_address: '',
      __meta_consul_service_port: '8080',
      __meta_consul_tags: ',,',
      __meta_consul_health: 'passing',
    },
    {
      ...common,
      __address__: '127.50.0.3:5432',
      __meta_consul_service: 'db',
      __meta_consul_service_id: 'db-1',
      __meta_consul_service_address: '127.50.0.3',
      __meta_consul_service_port: '5432',
      __meta_consul_tags: ',,',
      __meta_consul_health: 'passing',
    },
  ]
  readonly secrets = []
  readonly #port: number
  #consul: FakeConsul
  #isClosed = false

  private constructor(consul: FakeConsul) {
    this.#consul = consul
    this.#port = consul.port
    this.config = { server: `127.0.0.1:${String(this.#port)}`, token: 'geheim-token' }
    this.#fill()
  }

  static async open(): Promise<Agent> {
    return new Agent(await FakeConsul.listen())
  }

  get connections(): number {
    return this.#consul.connections
  }

  make(options: MechanismOptions, scheduler: FakeClock): Mechanism {
    return consulMechanism({ ...options, scheduler, random: () => 0.5 })
  }

  async begin(title: string): Promise<void> {
    if (title === unreachable) {
      this.#isClosed = true
      await this.#consul.close()
      return
    }
    const [place, part] = Object.entries(places).find(([name]) => title.endsWith(` ${name}`)) ?? []
    const fault = place === undefined ? undefined : faults[title.slice(0, -place.length - 1)]?.fault
    if (fault === undefined || part === undefined) this.#consul.set('db', [])
    else {
      this.#consul.fault = (url) => (url.includes(part) ? fault : undefined)
      // What waits is answered, and asks again.
      this.#fill()
    }
  }

  async mend(): Promise<void> {
    if (this.#isClosed) this.#consul = await FakeConsul.listen(this.#port)
    this.#isClosed = false
    this.#consul.fault = () => undefined
    this.#fill()
  }

  pause(point: string): Promise<Reached> {
    const [, part = ''] = Object.entries(places).find(([name]) => point.endsWith(name)) ?? []
    const reached = new Promise<void>((resolve) => {
      this.#consul.fault = (url) => {
        if (!url.includes(part)) return undefined
        resolve()
        return { kind: 'drip' }
      }
    })
    return Promise.resolve({ reached })
  }

  close(): Promise<void> {
    return this.#consul.close()
  }

  #fill(): void {
    for (const [name, instances] of Object.entries(services)) this.#consul.set(name, instances)
  }
}
