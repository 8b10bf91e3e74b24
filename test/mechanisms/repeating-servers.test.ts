import type http from 'node:http'
import { expect, it } from 'vitest'
import type { HttpClient } from '../../src/http/index.js'
import { ConsulApi } from '../../src/mechanisms/consul/api.js'
import { KubernetesApi } from '../../src/mechanisms/kubernetes/feed/api.js'
import { NomadApi } from '../../src/mechanisms/nomad/api.js'
import { alertmanagerConfig } from '../../src/notifier/index.js'
import { httpTransport } from '../../src/notifier/http-transport.js'
import { errorText } from '../../src/telemetry/error-text.js'
import { Turns } from '../../src/waiting/turns.js'
import { Secret } from '../../src/yaml/index.js'
import { type Asked, clientOf, configOf, serve } from '../http/harness.js'

// What those that do not poll by the kit say of a server that repeats the credentials in its own words.

const { signal } = new AbortController()
const onRequest = (): void => undefined
const never = (): never => {
  throw new Error('it was taken')
}

async function saidByConsul(url: string, client: HttpClient): Promise<string> {
  const endpoint = { origin: url.replace(/\/$/, ''), pathPrefix: '', token: new Secret('geheim-2') }
  const request = { path: '/catalog/services', query: {} }
  return new ConsulApi(endpoint as ConstructorParameters<typeof ConsulApi>[0], client)
    .get(request, 5000, signal)
    .then(never, errorText)
}

function nomadOf(url: string, client: HttpClient): NomadApi {
  const config = { server: url, namespace: '', region: '', allow_stale: false }
  type Options = ConstructorParameters<typeof NomadApi>[0]

  return new NomadApi({ client, turns: new Turns(), onRequest, config } as unknown as Options)
}

it.each<[title: string, ask: (url: string, client: HttpClient) => Promise<string>]>([
  ['Consul', saidByConsul],
  [
    'Kubernetes',
    (server, client) =>
      new KubernetesApi({ client, server }).get('pods', '/pods', signal).then(never, errorText),
  ],
  ['Nomad', (url, client) => nomadOf(url, client).services(0, signal).then(never, errorText)],
  [
    "Nomad's event stream",
    (url, client) =>
      nomadOf(url, client)
        .events(1, () => Promise.resolve(), signal)
        .then(never, errorText),
  ],
  [
    'Alertmanager',
    async (url) => {
      const config = alertmanagerConfig({
        http: configOf('authorization: {credentials: geheim-1}'),
      })
      const transport = httpTransport(config, { userAgent: 'x' })
      const { text, statusLine } = await transport.post(url, '[]', signal)
      await transport.close()
      return `${statusLine}: ${text}`
    },
  ],
])('%s that repeats the credentials does not have them shown', async (_, ask) => {
  const { url } = await serve(({ headers }: Asked, response: http.ServerResponse) => {
    const message = `not with ${String(headers.authorization)} ${String(headers['x-consul-token'])}`
    // What is cut off at the end is found, too.
    const words = `${message} ${'Bearer geheim-1 '.repeat(50)}`
    response.writeHead(403, message, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ kind: 'Status', code: 403, reason: 'Forbidden', message: words }))
  })
  const said = await ask(url, clientOf('authorization: {credentials: geheim-1}'))
  expect(said).toContain('not with Bearer <secret>')
  expect(said).not.toContain('geheim')
})
