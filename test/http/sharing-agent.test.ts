import http2 from 'node:http2'
import { expect, it, onTestFinished } from 'vitest'
import { createHttpClient, httpClientConfig } from '../../src/http/index.js'
import { decodeText } from '../../src/yaml/index.js'
import { listen } from '../helpers/listen.js'
import { pki, pkiFile } from '../helpers/pki/index.js'

it.each([
  ['one HTTP/2 connection once it stands', true, 20, 1],
  ['no HTTP/1.1 connection', false, 20, 20],
])('requests at the same time share %s', async (_, enableHttp2, requests, connections) => {
  const waiting: (() => void)[] = []
  const server = http2.createSecureServer(
    { key: pki('server1.key'), cert: pki('server1.pem'), allowHTTP1: true },
    (request, response) => {
      if (request.url === '/first') {
        response.end('ok')
        return
      }
      waiting.push(() => response.end('ok'))
      if (waiting.length === requests) for (const answer of waiting) answer()
    },
  )
  const { port, accepted } = await listen(server)
  const { value } = decodeText(
    httpClientConfig,
    'http.yml',
    `enable_http2: ${String(enableHttp2)}\ntls_config: {ca_file: ${pkiFile('ca1.pem')}}`,
  )
  const client = createHttpClient(value, { userAgent: 'test' })
  onTestFinished(() => client.close())
  const get = (path: string): Promise<{ readonly status: number }> =>
    client.request({ url: `https://localhost:${String(port)}${path}`, timeoutMs: 10_000 })
  await get('/first')
  const answers = await Promise.all(Array.from({ length: requests }, () => get('/')))
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: requests }, () => 200))
  expect(accepted()).toBe(connections)
})
