import http from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import { docker } from '../../../src/mechanisms/docker/index.js'
import { Expectations } from '../../../src/mechanisms/docker/expectations.js'
import { LiveMechanism } from '../../helpers/live-mechanism.js'
import { listen } from '../../helpers/listen.js'
import { until } from '../../helpers/until.js'

/** A container as an engine lists it. */
function container(id: string, ip: string, more: object = {}): object {
  return {
    Id: id,
    Names: [`/${id}`],
    HostConfig: { NetworkMode: 'net' },
    NetworkSettings: { Networks: { net: { NetworkID: 'n', IPAddress: ip } } },
    ...more,
  }
}

/** An engine whose containers and events the test decides. */
class Engine {
  readonly containers = new Map<string, object>()
  /** Routes with the ids they were asked for: `containers a b`. */
  readonly asked: string[] = []
  readonly events: http.ServerResponse[] = []
  readonly server = http.createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://engine')
    response.setHeader('api-version', '1.41')
    if (url.pathname.endsWith('/events')) {
      response.flushHeaders()
      this.events.push(response)
      return
    }
    const filters = JSON.parse(url.searchParams.get('filters') ?? '{}') as { id?: object }
    const ids = filters.id && Object.keys(filters.id)
    const route = url.pathname.replace(/^\/v1\.41/u, '')
    this.asked.push([route, ...(ids ?? [])].join(' '))
    const listed = ids === undefined ? [...this.containers.keys()] : ids
    const found = listed.flatMap((id) => this.containers.get(id) ?? [])
    response.end(JSON.stringify(route === '/networks' ? [{ Id: 'n', Name: 'net' }] : found))
  })

  send(Action: string, ID: string, more: object = {}): void {
    const event = { Type: 'container', Action, Actor: { ID, Attributes: {} }, ...more }
    this.events.at(-1)?.write(`${JSON.stringify(event)}\n`)
  }
}

async function start(engine: Engine, more: object = {}): Promise<LiveMechanism> {
  const { address } = await listen(engine.server)
  const config = { host: `tcp://${address}`, refresh_interval: '1h', ...more }
  const live = new LiveMechanism(docker, config)
  onTestFinished(() => live.stop())
  await until('events', () => engine.events.length === 1 && live.context.wells === 1)
  engine.asked.length = 0
  return live
}

const addresses = ({ targets }: LiveMechanism): readonly (string | undefined)[] =>
  targets.map((labels) => labels['__address__']).sort()

describe('docker_sd_configs and the events of an engine', () => {
  it('lists the container that an event names, and those that use its network', async () => {
    const engine = new Engine()
    const shared = { HostConfig: { NetworkMode: 'container:a' }, NetworkSettings: { Networks: {} } }
    engine.containers.set('a', container('a', '127.1.0.1'))
    engine.containers.set('beside', container('beside', '', shared))
    engine.containers.set('other', container('other', '127.1.0.9'))
    const live = await start(engine)
    engine.containers.set('a', container('a', '127.1.0.2'))
    engine.send('start', 'a')
    await until('the change', () => !addresses(live).includes('127.1.0.1:80'))
    expect(addresses(live)).toEqual(['127.1.0.2:80', '127.1.0.2:80', '127.1.0.9:80'])
    expect(engine.asked).toEqual(['/containers/json a beside'])
  })

  it('takes away a container that has died, though the engine still lists it', async () => {
    const engine = new Engine()
    engine.containers.set('a', container('a', '127.1.0.1'))
    engine.containers.set('other', container('other', '127.1.0.9'))
    const live = await start(engine)
    engine.send('die', 'a')
    await until('its end', () => live.targets.length === 1)
    expect(addresses(live)).toEqual(['127.1.0.9:80'])
    // Whole lists of that time bring it back no more than those of the container alone.
    engine.events[0]?.end()
    await until('a whole list', () => engine.asked.includes('/networks'))
    await until('another list', () => engine.asked.at(-1) === '/containers/json a')
    expect(addresses(live)).toEqual(['127.1.0.9:80'])
    engine.containers.delete('a')
  })

  it('brings a container that has died back when it starts again', async () => {
    const engine = new Engine()
    engine.containers.set('a', container('a', '127.1.0.1'))
    const live = await start(engine)
    engine.send('die', 'a')
    await until('its end', () => live.targets.length === 0)
    engine.send('start', 'a')
    await until('its return', () => live.targets.length === 1)
    expect(addresses(live)).toEqual(['127.1.0.1:80'])
  })

  it('leaves a container that has died to the lists where these have such containers', async () => {
    const engine = new Engine()
    engine.containers.set('a', container('a', '127.1.0.1'))
    const live = await start(engine, { filters: [{ name: 'status', values: ['exited'] }] })
    engine.send('die', 'a')
    await until('two lists', () => engine.asked.length === 2)
    expect(addresses(live)).toEqual(['127.1.0.1:80'])
  })

  it.each<[string, (engine: Engine, id: string) => void]>([
    ['of an event', (engine, id) => engine.send('start', id)],
    [
      'of a container that joins a network',
      (engine, container) =>
        engine.send('connect', '', {
          Type: 'network',
          Actor: { ID: 'n', Attributes: { container } },
        }),
    ],
  ])('lists everything for an id that is longer than any: %s', async (_, send) => {
    const engine = new Engine()
    const live = await start(engine)
    engine.containers.set('a', container('a', '127.1.0.1'))
    send(engine, 'x'.repeat(129))
    await until('the container', () => live.targets.length === 1)
    expect(engine.asked).toEqual(['/containers/json', '/networks'])
  })

  it('lists everything when the stream of events was lost', async () => {
    const engine = new Engine()
    const live = await start(engine)
    engine.events[0]?.end()
    engine.containers.set('late', container('late', '127.1.0.5'))
    await until('the container', () => live.targets.length === 1)
    expect(engine.events).toHaveLength(2)
    expect(engine.asked).toEqual(['/containers/json', '/networks'])
  })
})

describe('what an event says and lists do not show yet', () => {
  it.each([
    ['a container that has died', undefined, new Map([['c', ['n']]]), new Map<string, string[]>()],
    ['a network that was left', 'n', new Map([['c', ['n']]]), new Map([['c', ['m']]])],
  ])('is waited for, less and less often: %s', (_, network, before, after) => {
    const expectations = new Expectations()
    expectations.expect({ container: 'c', network, listed: false })
    const compare = (now: ReadonlyMap<string, string[]>): number | undefined =>
      expectations.compare((id) => {
        const networks = now.get(id)
        return networks && new Set(networks)
      })
    expect([1, 2, 3].map(() => compare(before))).toEqual([50, 100, 200])
    expect(expectations.containers).toEqual(['c'])
    expect(compare(after)).toBeUndefined()
    expect(expectations.containers).toEqual([])
  })

  it('is given up after six lists', () => {
    const expectations = new Expectations()
    expectations.expect({ container: 'c', network: 'n', listed: true })
    const waits = [1, 2, 3, 4, 5, 6, 7].map(() => expectations.compare(() => new Set()))
    expect(waits).toEqual([50, 100, 200, 400, 800, 1600, undefined])
  })

  it('is given up for itself, while events go on', () => {
    const expectations = new Expectations()
    for (let i = 0; i < 100; i += 1) {
      expectations.expect({ container: 'c', network: String(i), listed: true })
      expect(expectations.compare(() => new Set())).toBe(50)
    }
    expect(expectations.containers).toHaveLength(6)
  })

  it('is past when the container has started again', () => {
    const expectations = new Expectations()
    expectations.expect({ container: 'c', network: undefined, listed: false })
    expectations.forget('c')
    expect(expectations.compare(() => new Set())).toBeUndefined()
  })
})
