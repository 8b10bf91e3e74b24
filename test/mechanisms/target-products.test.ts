import { describe, expect, it } from 'vitest'
import { docker } from '../../src/mechanisms/docker/index.js'
import { dockerswarm } from '../../src/mechanisms/dockerswarm/index.js'
import type { MechanismFactory } from '../../src/mechanisms/kit/mechanism.js'
import { marathon } from '../../src/mechanisms/marathon/index.js'
import { serve } from '../http/harness.js'
import { pollingOf } from './polling.js'

const times = <T>(count: number, make: (i: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, i) => make(i))

const marathonApps = (count: number): unknown => ({
  apps: [
    {
      id: '/a',
      tasks: times(count, (i) => ({ id: String(i), host: 'h' })),
      portDefinitions: times(count, (port) => ({ port })),
    },
  ],
})

const dockerContainers = (count: number): unknown => [
  {
    Id: 'a',
    Names: ['/a'],
    Ports: times(count, (PrivatePort) => ({ PrivatePort, Type: 'tcp' })),
    NetworkSettings: {
      Networks: Object.fromEntries(times(count, (i) => [String(i), { NetworkID: 'n' }])),
    },
  },
]

const swarmServices = (count: number): unknown => [
  {
    ID: 's',
    Endpoint: {
      Ports: times(count, (PublishedPort) => ({ PublishedPort, Protocol: 'tcp' })),
      VirtualIPs: times(count, () => ({ Addr: '10.0.0.1/8' })),
    },
  },
]

const swarmTasks = (count: number): unknown => [
  {
    ID: 't',
    ServiceID: 's',
    NetworksAttachments: [{ Addresses: times(count, () => '10.0.0.1/8') }],
  },
]

type Answers = Readonly<Record<string, (count: number) => unknown>>

describe('an answer whose targets are a product of what it lists', () => {
  it.each<[string, MechanismFactory, (url: string) => string, Answers]>([
    ['tasks and ports', marathon, (url) => `servers: [${url}]`, { '/v2/apps/': marathonApps }],
    [
      'networks and ports of a container',
      docker,
      (url) => `{host: '${url}', match_first_network: false}`,
      { '/containers/json': dockerContainers },
    ],
    [
      'networks and ports of a service',
      dockerswarm,
      (url) => `{host: '${url}', role: services}`,
      { '/services': swarmServices },
    ],
    [
      'addresses of a task and ports of its service',
      dockerswarm,
      (url) => `{host: '${url}', role: tasks}`,
      { '/tasks': swarmTasks, '/services': swarmServices },
    ],
  ])('is refused when there is no memory for them: %s', async (_, make, yaml, answers) => {
    let count = 1000
    const server = await serve((request, response) => {
      const { pathname } = new URL(request.url ?? '', 'http://muster.test')
      if (pathname.endsWith('/events')) {
        response.writeHead(200).flushHeaders()
        return
      }
      const answer = answers[pathname.replace(/^\/v1\.\d+/, '')] ?? (() => [])
      response.end(JSON.stringify(answer(count)))
    })
    const { poll } = pollingOf(make, yaml(server.url.replace(/\/$/, '')), { heapLimit: 64 << 20 })
    await expect(poll()).rejects.toThrow('would take more than 48 MiB of memory')
    count = 10
    const [group] = await poll()
    expect(group?.targets).toHaveLength(100)
  })
})
