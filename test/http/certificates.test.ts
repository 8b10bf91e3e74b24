import https from 'node:https'
import { describe, expect, it } from 'vitest'
import { createHttpClient, HttpError } from '../../src/http/index.js'
import { listen } from '../helpers/listen.js'
import { describeWithPeers } from '../helpers/peers.js'
import { issue, newKey } from '../helpers/pki/issue.js'
import { RealPrometheus } from '../helpers/real-prometheus.js'
import { forThisTest } from '../helpers/real-process.js'
import { type TlsCase, tlsCases } from './certificates.js'
import { clientOf, configOf, until } from './harness.js'

const timeoutMs = 20_000
const body = '[{"targets":["127.0.0.1:1"]}]'

/** @param onHandshake a client has connected, or given up */
async function serveTls(
  { server, host }: Pick<TlsCase, 'server' | 'host'>,
  onHandshake?: () => void,
): Promise<string> {
  const listening = https.createServer(server, (_, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(body),
  )
  listening.on('tlsClientError', () => onHandshake?.())
  listening.on('secureConnection', () => onHandshake?.())
  const { port } = await listen(listening)
  return `https://${host}:${String(port)}/`
}

async function failureOf(row: Pick<TlsCase, 'server' | 'host' | 'config'>): Promise<HttpError> {
  const url = await serveTls(row)
  const error: unknown = await clientOf(`tls_config: {${row.config}}`)
    .request({ url, timeoutMs })
    .catch((reason: unknown) => reason)
  if (!(error instanceof HttpError)) throw new Error(`no HttpError: ${String(error)}`)
  return error
}

describe('a server with', () => {
  it.each(
    tlsCases.map((row) => ({ ...row, outcome: row.isTakenHere ? 'is taken' : 'is refused' })),
  )('$title $outcome', async (row) => {
    if (row.isTakenHere) {
      const client = clientOf(`tls_config: {${row.config}}`)
      const url = await serveTls(row)
      // Each on a connection of its own: what a first one found out must not be lost, or be too much.
      const answers = await Promise.all([1, 2].map(() => client.request({ url, timeoutMs })))
      expect(answers.map((answer) => answer.body.toString())).toEqual([body, body])
    } else expect((await failureOf(row)).kind).toBe('tls')
  })

  it.each([
    [
      'a common name alone',
      /x509: certificate relies on legacy Common Name field, use SANs instead/,
    ],
    [
      'another address',
      /x509: certificate is valid for 127\.0\.0\.2, not 127\.0\.0\.1; use .* server_name/,
    ],
    ['a name for an address', /because it doesn't contain any IP SANs/],
    [
      'the name "DNS:a.test\\u0000.evil.test" for a.test',
      /valid for "a\.test\\x00\.evil\.test", not a\.test/,
    ],
    [
      'no authority in the config',
      /x509: certificate signed by unknown authority .*: ca_file of tls_config/,
    ],
    [
      'an expired certificate',
      /x509: certificate has expired .*'s, or that of an authority in ca_file/,
    ],
    ['a certificate that is not valid yet', /is not valid yet; is the clock right\?$/],
    ['a certificate for clients', /x509: certificate specifies an incompatible key usage/],
    ['TLS 1.1', /no TLS version in common with the server: see min_version and max_version/],
    ['max_version TLS11 alone', /no TLS version satisfies min_version and max_version/],
  ])('%s is refused in words that name what can be changed', async (title, message) => {
    const row = tlsCases.find((each) => each.title === title)
    if (row === undefined) throw new Error('no such row')
    expect((await failureOf(row)).message).toMatch(message)
  })

  it('a client certificate that it asks for and does not get', async () => {
    const root = issue({ name: 'root', ca: true })
    const server = issue({ issuer: root, names: ['IP:127.0.0.1'] })
    const other = issue({ name: 'x', issuer: issue({ name: 'y', ca: true }) })
    const mutual = {
      cert: server.pem,
      key: server.keyPem,
      ca: root.pem,
      requestCert: true,
      rejectUnauthorized: true,
    }
    const ca = `ca: ${JSON.stringify(root.pem)}`
    const pair = `cert: ${JSON.stringify(other.pem)}, key: ${JSON.stringify(other.keyPem)}`
    const says = async (config: string, more: https.ServerOptions = {}): Promise<string> =>
      (await failureOf({ server: { ...mutual, ...more }, host: '127.0.0.1', config })).message
    expect(await says(ca)).toMatch(
      /wants a client certificate: set cert_file and key_file of tls_config$/,
    )
    expect(await says(ca, { maxVersion: 'TLSv1.2' })).toMatch(
      /refused the TLS handshake: it wants a client certificate \(cert_file and key_file of tls_config\)/,
    )
    expect(await says(`${ca}, ${pair}`)).toMatch(
      /asked for a client certificate, and does not seem to take the one of cert_file/,
    )
  })
})

const client = issue({ name: 'client' })
const other = newKey()
const pkcs8 = { type: 'pkcs8', format: 'pem' } as const
const locked = { cipher: 'aes-256-cbc', passphrase: 'x' }

describe('a client certificate and key', () => {
  it.each([
    ['of PKCS#8', client.pem, client.keyPem],
    ['of SEC 1', client.pem, client.key.export({ type: 'sec1', format: 'pem' }).toString()],
    [
      'of SEC 1 behind its parameters',
      client.pem,
      `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${client.keyPem}`,
    ],
    ['with text around', `hello\n${client.pem}bye`, `hello\n${client.keyPem}bye`],
    ['in one file', client.keyPem + client.pem, client.keyPem + client.pem],
    [
      'with the line ends of Windows',
      client.pem.replaceAll('\n', '\r\n'),
      client.keyPem.replaceAll('\n', '\r\n'),
    ],
    ['of PKCS#1', ...pkcs1()],
  ])('%s are taken', (_, cert, key) => {
    expect(() => clientOf(tlsOf(cert, key))).not.toThrow()
  })

  it.each([
    [
      'of two pairs',
      client.pem,
      other.export(pkcs8).toString(),
      /: tls: private key does not match public key/,
    ],
    [
      'of two kinds',
      client.pem,
      newKey(2048).export(pkcs8).toString(),
      /: tls: private key type does not match public key type$/,
    ],
    [
      'that is locked',
      client.pem,
      client.key.export({ ...pkcs8, ...locked }).toString(),
      /: it is encrypted; write it without its passphrase/,
    ],
    [
      'that is locked, of PKCS#1',
      ...pkcs1(locked),
      /: it is encrypted; write it without its passphrase/,
    ],
    ['that are switched', client.keyPem, client.pem, /PEM inputs may have been switched$/],
    [
      'that is a certificate',
      client.pem,
      client.pem,
      /: tls: found a certificate rather than a key/,
    ],
    ['that are no PEM', 'x', 'y', /: tls: failed to find any PEM data of a certificate/],
    ['that is no PEM', client.pem, 'y', /: tls: failed to find any PEM data of a private key/],
    [
      'that is broken',
      client.pem,
      '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----',
      /: tls: failed to parse private key: /,
    ],
    [
      'whose certificate is broken',
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
      client.keyPem,
      /: x509: malformed certificate: /,
    ],
  ])('%s are refused with the config', (_, cert, key, message) => {
    const build = (): unknown => createHttpClient(configOf(tlsOf(cert, key)), { userAgent: 'x' })
    expect(build).toThrow(/^unable to use specified client cert \(inline\) & key \(inline\): /)
    expect(build).toThrow(message)
  })
})

function tlsOf(cert: string, key: string): string {
  return `tls_config: {cert: ${JSON.stringify(cert)}, key: ${JSON.stringify(key)}}`
}

function pkcs1(
  lock: { readonly cipher?: string; readonly passphrase?: string } = {},
): [string, string] {
  const { pem, key } = issue({ name: 'client', key: newKey(2048) })
  return [pem, key.export({ type: 'pkcs1', format: 'pem', ...lock }).toString()]
}

describeWithPeers('beside Prometheus', ['prometheus'], () => {
  it('each server is taken or refused as the table says', async () => {
    const handshakes = tlsCases.map(() => 0)
    const urls: string[] = []
    for (const [i, row] of tlsCases.entries()) {
      urls.push(
        await serveTls(row, () => {
          handshakes[i] = (handshakes[i] ?? 0) + 1
        }),
      )
    }
    const jobs = tlsCases.map(
      ({ config }, i) =>
        `- job_name: '${String(i)}'\n  http_sd_configs: [{url: '${urls[i] ?? ''}', refresh_interval: 5s, tls_config: {${config}}}]\n`,
    )
    const prometheus = await forThisTest(
      RealPrometheus.start({
        'prometheus.yml': `global: {scrape_interval: 100y, scrape_timeout: 1s}\nscrape_configs:\n${jobs.join('')}`,
      }),
    )
    const found = async (): Promise<readonly string[]> => {
      const { activeTargets } = await prometheus.targets()
      const pools = new Set(activeTargets.map(({ scrapePool }) => Number(scrapePool)))
      return tlsCases.flatMap(({ title }, i) => (pools.has(i) ? [title] : []))
    }
    const wanted = tlsCases.flatMap(({ isTaken, title }) => (isTaken ? [title] : []))
    // One with no version to offer never connects. A refused one connects at each refresh.
    const tries = (row: TlsCase, i: number): boolean =>
      row.isTaken || row.config.includes('max_version: TLS11') || (handshakes[i] ?? 0) >= 3
    await until(() => tlsCases.every(tries), 120_000)
    await until(async () => (await found()).length >= wanted.length, 60_000)
    expect(await found()).toEqual(wanted)
  }, 240_000)
})
