import { describe, expect, it, onTestFinished } from 'vitest'
import { createServer } from 'node:http'
import { docker } from '../../../src/mechanisms/docker/index.js'
import { dockerswarm } from '../../../src/mechanisms/dockerswarm/index.js'
import { LiveMechanism } from '../../helpers/live-mechanism.js'
import { listen } from '../../helpers/listen.js'
import { until } from '../../helpers/until.js'

describe('the host of a Docker engine', () => {
  it.each([
    ['npipe:////./pipe/docker_engine', 'a named pipe is there on Windows only'],
    ['ssh://me:geheim@host', 'begin it with unix://, tcp://, http:// or https://'],
    ['/var/run/docker.sock', 'begin it with unix://, tcp://, http:// or https://'],
  ])('is refused for good: %s', (host, says) => {
    const create = (): unknown => new LiveMechanism(docker, { host })
    expect(create).toThrow(says)
    expect(create).toThrow(expect.objectContaining({ permanent: true }))
    expect(create).not.toThrow('geheim')
  })
})

/** Starts role services on an engine, whose answers are by route. */
async function services(answers: Readonly<Record<string, unknown>>): Promise<{
  readonly live: LiveMechanism
  readonly asked: readonly string[]
}> {
  const asked: string[] = []
  const { address } = await listen(
    createServer((request, response) => {
      const url = request.url ?? ''
      if (url.includes('/events')) return
      asked.push(`${request.method ?? ''} ${url}`)
      const answer = answers[asked.at(-1) ?? ''] ?? answers[url.replace(/^\/v[\d.]+/u, '')]
      if (answer === undefined) response.statusCode = 405
      response.setHeader('api-version', '1.99')
      response.end(JSON.stringify(answer ?? {}))
    }),
  )
  const live = new LiveMechanism(dockerswarm, { host: `tcp://${address}/base`, role: 'services' })
  onTestFinished(() => live.stop())
  await until('an answer', () => live.context.wells + live.context.errors.length > 0)
  return { live, asked }
}

describe('the API of a Docker engine', () => {
  it('is that of the newest version that both know, by GET where HEAD is not allowed; its path is kept', async () => {
    const { asked } = await services({ 'GET /base/_ping': 'OK' })
    expect(asked).toEqual(['HEAD /base/_ping', 'GET /base/_ping', 'GET /base/v1.51/services'])
  })

  it('may have a service of plugins, which has no containers', async () => {
    const spec = { Name: 'p', TaskTemplate: { Runtime: 'plugin', PluginSpec: {} } }
    const service = { ID: 's', Spec: spec, Endpoint: { VirtualIPs: [{ Addr: '127.1.0.1/8' }] } }
    const { live } = await services({
      'HEAD /base/_ping': '',
      'GET /base/v1.51/services': [service],
      'GET /base/v1.51/networks': [],
    })
    expect(live.targets).toEqual([
      {
        __address__: '127.1.0.1:80',
        __meta_dockerswarm_service_id: 's',
        __meta_dockerswarm_service_name: 'p',
        __meta_dockerswarm_service_mode: '',
      },
    ])
  })

  it('may give an address that is none, which is a failed poll', async () => {
    const service = { ID: 's', Endpoint: { VirtualIPs: [{ Addr: '127.1.0.1' }] } }
    const { live } = await services({
      'HEAD /base/_ping': '',
      'GET /base/v1.51/services': [service],
      'GET /base/v1.51/networks': [],
    })
    expect(String(live.context.errors[0])).toContain('error while parsing address "127.1.0.1"')
  })
})
