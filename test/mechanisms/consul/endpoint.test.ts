import { describe, expect, it } from 'vitest'
import { consulSection } from '../../../src/mechanisms/consul/section.js'
import { resolveEndpoint } from '../../../src/mechanisms/consul/endpoint.js'
import { decodeText } from '../../../src/yaml/index.js'

const resolve = (
  yaml: string,
  env: Record<string, string> = {},
): ReturnType<typeof resolveEndpoint> =>
  resolveEndpoint(decodeText(consulSection, 'sd.yml', yaml).value, env)

describe('resolveEndpoint', () => {
  it.each([
    ['a host and a port', 'server: consul:8500', 'http://consul:8500', ''],
    ['an IPv6 address', 'server: "[::1]:8500"', 'http://[::1]:8500', ''],
    ['a scheme of its own key', 'server: consul:8501\nscheme: https', 'https://consul:8501', ''],
    ['https in the server', 'server: https://consul:8501', 'https://consul:8501', ''],
    [
      'http in the server, which never gives up TLS',
      'server: http://consul:8500\nscheme: https',
      'https://consul:8500',
      '',
    ],
    ['a path prefix', 'server: consul\npath_prefix: /consul', 'http://consul', '/consul'],
    [
      'a path in the server, which wins',
      'server: http://gate/a/b/\npath_prefix: /c',
      'http://gate',
      '/a/b',
    ],
  ])('understands %s', (_, yaml, origin, pathPrefix) => {
    expect(resolve(yaml)).toMatchObject({ origin, pathPrefix, socketPath: undefined })
  })

  it('understands a unix socket', () => {
    expect(resolve('server: unix:///run/consul.sock')).toMatchObject({
      origin: 'http://localhost',
      socketPath: '/run/consul.sock',
    })
  })

  it.each([
    ['a scheme that is none', 'server: ftp://x', 'Unknown protocol scheme: ftp'],
    ['a scheme key that is none', 'scheme: ws', 'unsupported protocol scheme "ws"'],
    ['an address that is none', 'server: "a b"', '"a b" is no server address'],
  ])('refuses %s for good', (_, yaml, message) => {
    expect(() => resolve(yaml)).toThrow(expect.objectContaining({ message, permanent: true }))
  })

  it('takes from the environment what is not configured', () => {
    const env = {
      CONSUL_HTTP_TOKEN: 't',
      CONSUL_NAMESPACE: 'n',
      CONSUL_PARTITION: 'p',
      CONSUL_HTTP_SSL: 'true',
      CONSUL_HTTP_ADDR: 'elsewhere:1',
    }
    const endpoint = resolve('scheme:', env)
    expect(endpoint).toMatchObject({
      origin: 'https://localhost:8500',
      namespace: 'n',
      partition: 'p',
    })
    expect(endpoint.token.reveal()).toBe('t')
    const own = resolve('token: mine\nnamespace: a\npartition: b', env)
    expect(own).toMatchObject({ origin: 'http://localhost:8500', namespace: 'a', partition: 'b' })
    expect(own.token.reveal()).toBe('mine')
  })
})
