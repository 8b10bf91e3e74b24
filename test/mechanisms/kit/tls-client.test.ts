import { expect, it } from 'vitest'
import { tlsClient } from '../../../src/mechanisms/kit/tls-client.js'
import { configOf, serve } from '../../http/harness.js'

const options = { userAgent: 'muster/test', environment: { HTTP_PROXY: 'http://127.0.0.1:1' } }

it('a client of tls_config alone takes no proxy from the environment, and follows redirects', async () => {
  const server = await serve(({ url }, response) => {
    if (url === '/there') response.end('there')
    else response.writeHead(302, { location: '/there' }).end()
  })
  const client = tlsClient(configOf(''), options)
  const response = await client.request({ url: server.url, timeoutMs: 60_000 })
  expect(response.body.toString()).toBe('there')
  await client.close()
})

it('a client of tls_config alone is not made with a certificate that is missing', () => {
  const config = configOf('tls_config: {ca_file: /nowhere/ca}')
  expect(() => tlsClient(config, options)).toThrow(/^unable to read CA cert: .*\/nowhere\/ca/)
})
