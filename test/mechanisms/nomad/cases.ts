import type { Labels } from '../../../src/labels/index.js'
import type { Element, FaultCase, MechanismCases, Reached, Stage } from '../suite/cases.js'
import { FakeNomad, type Fault, type Instance } from './fake-nomad.js'

const refused = (status: number, body: string): Omit<FaultCase, 'title'> & { fault: Fault } => ({
  fault: { kind: 'status', status, body: ` ${body}\n` },
  says: new RegExp(`Unexpected response code: ${String(status)} \\(${body}\\)$`),
})

/** What goes wrong with the requests for one service, and then with those for the list of all. */
const faults: Readonly<Record<string, Omit<FaultCase, 'title'> & { readonly fault: Fault }>> = {
  'closes the connection': { fault: { kind: 'reset' }, says: /other side closed/ },
  'ends in the middle of an answer': { fault: { kind: 'cut' }, says: /other side closed/ },
  'answers 401': refused(401, 'no'),
  'answers 403': refused(403, 'Permission denied'),
  'answers 404': refused(404, 'nothing here'),
  'answers 429': refused(429, 'Rate limit exceeded'),
  'answers 500': refused(500, 'No cluster leader'),
  'answers 503': refused(503, ''),
  'answers what is not JSON': {
    fault: { kind: 'body', body: 'geheim-token' },
    says: /: the answer is not JSON$/,
  },
  'answers JSON of another shape': {
    fault: { kind: 'body', body: '{"ID":"geheim"}' },
    says: /: expected a list, got an object$/,
  },
}

const services: Readonly<Record<string, readonly Instance[]>> = {
  web: [
    { id: '_nomad-task-1', address: '127.52.0.1', port: 8080, tags: ['a', 'b'] },
    { id: '_nomad-task-2', address: '::1', port: 0, tags: null },
  ],
  db: [{ id: '_nomad-task-3', address: '127.52.0.3', port: 5432 }],
}

const unreachable = 'cannot be connected to'
const places = { 'for a service': '/v1/service/web', 'for the list': '/v1/services' }

export default {
  section: {
    least: {},
    prints: {
      allow_stale: true,
      follow_redirects: true,
      enable_http2: true,
      namespace: 'default',
      refresh_interval: '1m',
      region: 'global',
      server: 'http://localhost:4646',
      tag_separator: ',',
    },
    most: [
      {
        server: 'http://u:geheim@a:4646',
        allow_stale: false,
        namespace: 'n',
        region: 'r',
        tag_separator: ';',
        refresh_interval: '2m',
      },
    ],
    refused: [[{ server: ' ' }, '1:1: server: nomad SD configuration requires a server address']],
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
          title: 'has a service no more',
          targets: (all) => all.filter((labels) => labels['__meta_nomad_service'] !== 'db'),
        },
        {
          title: 'has a service no more, and no event stream',
          targets: (all) => all.filter((labels) => labels['__meta_nomad_service'] !== 'db'),
        },
      ],
      pauses: [
        'in the middle of the answer for the list',
        'in the middle of the answer for a service',
      ],
      oracle: {
        release: 'vmagent',
        differences: {
          __meta_nomad_service_alloc_id: 'theirs',
          __meta_nomad_service_job_id: 'theirs',
          __meta_nomad_tagpresent_a: 'theirs',
          __meta_nomad_tagpresent_b: 'theirs',
          // Prometheus has no such label for a service without tags, vmagent has `,,`.
          __meta_nomad_tags: 'value',
        },
      },
    },
  ],
} satisfies MechanismCases

const common = {
  __meta_nomad_dc: 'dc1',
  __meta_nomad_namespace: 'default',
  __meta_nomad_node_id: '7406e90b-de16-d118-80fe-60d0f2730cb3',
}

/** An agent of Nomad. */
class Agent implements Stage {
  readonly config: Element
  readonly targets: readonly Labels[] = [
    {
      ...common,
      __address__: '127.52.0.1:8080',
      __meta_nomad_address: '127.52.0.1',
      __meta_nomad_service: 'web',
      __meta_nomad_service_address: '127.52.0.1',
      __meta_nomad_service_id: '_nomad-task-1',
      __meta_nomad_service_port: '8080',
      __meta_nomad_tags: ',a,b,',
    },
    {
      ...common,
      __address__: '[::1]:0',
      __meta_nomad_address: '::1',
      __meta_nomad_service: 'web',
      __meta_nomad_service_address: '::1',
      __meta_nomad_service_id: '_nomad-task-2',
      __meta_nomad_service_port: '0',
    },
    {
      ...common,
      __address__: '127.52.0.3:5432',
      __meta_nomad_address: '127.52.0.3',
      __meta_nomad_service: 'db',
      __meta_nomad_service_address: '127.52.0.3',
      __meta_nomad_service_id: '_nomad-task-3',
      __meta_nomad_service_port: '5432',
    },
  ]
  readonly secrets = []
  readonly #port: number
  #nomad: FakeNomad
  #isClosed = false

  private constructor(nomad: FakeNomad) {
    this.#nomad = nomad
    this.#port = nomad.port
    this.config = {
      server: `http://127.0.0.1:${String(this.#port)}`,
      authorization: { credentials: 'geheim-token' },
    }
    this.#fill()
  }

  static async open(): Promise<Agent> {
    return new Agent(await FakeNomad.listen())
  }

  get connections(): number {
    return this.#nomad.connections
  }

  async begin(title: string): Promise<void> {
    if (title === unreachable) {
      this.#isClosed = true
      await this.#nomad.close()
      return
    }
    const [place, part] = Object.entries(places).find(([name]) => title.endsWith(` ${name}`)) ?? []
    const fault = place === undefined ? undefined : faults[title.slice(0, -place.length - 1)]?.fault
    if (fault === undefined || part === undefined) {
      if (title.endsWith('event stream')) {
        this.#nomad.fault = (url) =>
          url.includes('/event/') ? { kind: 'status', status: 403 } : undefined
        this.#nomad.endStreams()
      }
      this.#nomad.set('db', [])
    } else {
      this.#nomad.fault = (url) => (url.includes(part) ? fault : undefined)
      // Everything is read again.
      this.#nomad.endStreams()
    }
  }

  async mend(): Promise<void> {
    if (this.#isClosed) this.#nomad = await FakeNomad.listen(this.#port)
    this.#isClosed = false
    this.#nomad.fault = () => undefined
    this.#fill()
  }

  pause(point: string): Promise<Reached> {
    const [, part = ''] = Object.entries(places).find(([name]) => point.endsWith(name)) ?? []
    const reached = new Promise<void>((resolve) => {
      this.#nomad.fault = (url) => {
        if (!url.includes(part)) return undefined
        resolve()
        return { kind: 'drip' }
      }
    })
    return Promise.resolve({ reached })
  }

  close(): Promise<void> {
    return this.#nomad.close()
  }

  #fill(): void {
    for (const [name, instances] of Object.entries(services)) this.#nomad.set(name, instances)
  }
}
