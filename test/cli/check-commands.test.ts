import { execFile, spawnSync } from 'node:child_process'
import { EventEmitter } from 'node:events'
import http, { type RequestListener } from 'node:http'
import { Writable } from 'node:stream'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { Host } from '../../src/cli/host.js'
import { runProgram } from '../../src/cli/program.js'
import { useFolder } from '../config/folder.js'
import { listen } from '../helpers/listen.js'
import { describeWithPeers, requirePeer } from '../helpers/peers.js'

const folder = useFolder()

class Text extends Writable {
  text = ''
  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.text += chunk.toString()
    done()
  }
}

async function check(
  ...args: readonly string[]
): Promise<{ code: number; out: string; err: string }> {
  const stdout = new Text()
  const stderr = new Text()
  const host: Host = {
    env: { NAME: 'x' },
    stdout,
    stderr,
    lostLogLines: () => 0,
    ready: () => undefined,
    signals: new EventEmitter(),
    exitSoon: () => undefined,
    exit() {
      throw new Error('the program ended the process')
    },
  }
  const code = await runProgram(['check', ...args], host)
  return { code, out: stdout.text, err: stderr.text }
}

function jobNamed(name: string): string {
  return `- {job_name: ${name}, static_configs: [{targets: [x]}]}\n`
}

describe('muster check config', () => {
  it('ends with 0 after a good file, and says so on stdout', async () => {
    const file = await folder.write('p.yml', 'global: {external_labels: {a: $NAME}}\n')
    expect(await check('config', file)).toEqual({
      code: 0,
      out: `Checking ${file}\n SUCCESS: ${file} is valid prometheus config file syntax\n\n`,
      err: '',
    })
  })

  it('ends with 1 after a bad file, and says so on stderr', async () => {
    const file = await folder.write('p.yml', 'foo: 1\n')
    const { code, err } = await check('config', '--syntax-only', file)
    expect(code).toBe(1)
    expect(err).toMatch(/^ {2}FAILED: parsing YAML file /)
  })

  it('ends with 3 where a finding of the linter is to count', async () => {
    const file = await folder.write('p.yml', 'scrape_configs: [{job_name: a}]\n')
    const lint = ['--lint=too-long-scrape-interval', '--lint-fatal', '--query.lookback-delta=1m']
    expect((await check('config', ...lint, file)).code).toBe(3)
  })

  it.each([
    ['--lint=muster', true],
    ['--lint=all,muster', true],
    ['--lint=M109', true],
    ['--lint=all', false],
    ['--lint=M104', false],
    ['--lint=none,muster', false],
  ])('finds what muster lint finds where %s asks for it', async (lint, isFound) => {
    const file = await folder.write('p.yml', `scrape_configs:\n${jobNamed('a')}${jobNamed('b')}`)
    const answer = await check('config', lint, file)
    expect(answer.code).toBe(0)
    expect(answer.err).toBe(
      isFound
        ? `  FAILED: ${file}:3:4: M109 job "b" finds and scrapes the same targets as job "a" (${file}:2:4); remove one of them\n`
        : '',
    )
    expect((await check('config', lint, '--lint-fatal', file)).code).toBe(isFound ? 3 : 0)
  })

  it.each([
    { name: 'no file', args: [] },
    { name: 'an unknown flag', args: ['--foo', 'p.yml'] },
    { name: 'a lookback delta that is no duration', args: ['--query.lookback-delta=1x', 'p.yml'] },
  ])('ends with 2 for $name', async ({ args }) => {
    const { code, err } = await check('config', ...args)
    expect(code).toBe(2)
    expect(err).toMatch(/^Error parsing command line arguments: /)
  })
})

describe('muster check web-config', () => {
  it('says for each file whether it is good, on stderr', async () => {
    const good = await folder.write('good.yml', 'http_server_config: {http2: yes}\n')
    const bad = await folder.write('bad.yml', 'basic_auth_users: {a: x}\n')
    const worse = await folder.write('worse.yml', 'tls_server_config: {cert_files: a}\n')
    const { code, out, err } = await check('web-config', good, bad, worse)
    expect({ code, out }).toEqual({ code: 1, out: '' })
    const [first, second, third] = err.split('\n')
    expect(first).toBe(`${good} SUCCESS`)
    expect(second?.startsWith(`${bad} FAILED: `)).toBe(true)
    expect(third?.startsWith(`${worse} FAILED: `)).toBe(true)
  })

  it('says why a file cannot be opened as Go does', async () => {
    const none = folder.path('none.yml')
    expect(await check('web-config', none)).toEqual({
      code: 1,
      out: '',
      err: `${none} FAILED: open ${none}: no such file or directory\n`,
    })
  })

  it('ends with 0 where all are good', async () => {
    const good = await folder.write('good.yml', '')
    expect(await check('web-config', good)).toEqual({ code: 0, out: '', err: `${good} SUCCESS\n` })
  })
})

const answers: RequestListener = ({ url }, response) => {
  if (url === '/p/-/healthy') response.end('It is well.\n')
  else if (url === '/silent/-/ready') response.flushHeaders()
  else response.writeHead(503).end('not yet')
}

/** An element of `/api/v1/providers`. */
function provider(fields: Readonly<Record<string, unknown>>): object {
  return {
    manager: 'scrape',
    name: 'consul/0',
    sets: ['a', 'b'],
    state: 'running',
    lastSuccess: null,
    lastError: null,
    nextTry: null,
    targets: 1,
    staleSince: null,
    ...fields,
  }
}

describe('muster check healthy, and ready', () => {
  it.each([
    ['healthy', '/p', 0, '  SUCCESS:  It is well.'],
    ['healthy', '/p/', 0, '  SUCCESS:  It is well.'],
    ['ready', '/p', 1, 'check failed: URL=http://server/p, status=503'],
    [
      'ready',
      '/silent',
      1,
      'Get "http://server/silent/-/ready": GET http://server/silent/-/ready: no complete answer within 0.1s',
    ],
  ])('%s of %s ends with %i', async (state, path, code, err) => {
    const server = await listen(http.createServer(answers))
    const url = `http://${server.address}`
    const args = [`--url=${url}${path}`, ...(path === '/silent' ? ['--timeout=100ms'] : [])]
    const answer = await check(state, ...args)
    expect({ ...answer, err: answer.err.replaceAll(url, 'http://server') }).toEqual({
      code,
      out: '',
      err: `${err}\n`,
    })
  })

  it.each([
    {
      title: 'all of which have answered',
      providers: [provider({}), provider({ name: 'file/1' })],
      code: 0,
      says: ['  SUCCESS:  2 providers have answered'],
    },
    {
      title: 'of which some have not',
      providers: [
        provider({ state: 'failing', lastError: { message: 'refused' } }),
        provider({ name: 'dns/1', state: 'starting' }),
        provider({ name: 'file/2', staleSince: '2026-01-01T00:00:00Z' }),
        provider({ name: 'file/3' }),
      ],
      code: 1,
      says: [
        '  FAILED: consul/0 (scrape "a", "b") is failing: refused',
        '  FAILED: dns/1 (scrape "a", "b") is starting',
        '  FAILED: file/2 (scrape "a", "b") is running, targets as of 2026-01-01T00:00:00Z',
      ],
    },
    {
      title: 'that the server knows nothing of',
      providers: undefined,
      code: 1,
      says: ['/providers: the server knows no providers: is it a muster?'],
    },
  ])('ready asks for providers $title', async ({ providers, code, says }) => {
    const server = http.createServer(({ url }, response) => {
      if (url === '/-/ready') response.end('It is ready.\n')
      else if (providers === undefined) response.writeHead(404).end()
      else response.end(JSON.stringify({ status: 'success', data: { providers, guarded: [] } }))
    })
    const { address } = await listen(server)
    const answer = await check('ready', '--providers', `--url=http://${address}`)
    expect(answer.code).toBe(code)
    expect(answer.err.trimEnd().split('\n')).toEqual(['  SUCCESS:  It is ready.', ...says])
  })

  it('shows no password of the URL', async () => {
    const { code, err } = await check('ready', '--url=http://u:geheim@127.0.0.1:1/')
    expect(code).toBe(1)
    expect(err).toContain('ECONNREFUSED')
    expect(err).not.toContain('geheim')
  })

  it('ends with 2 for what is not a URL', async () => {
    const { code, err } = await check('ready', '--url=localhost:9099')
    expect(code).toBe(2)
    expect(err).toContain('is not a URL that begins with http:// or https://')
  })
})

describeWithPeers('the real promtool', ['promtool'], () => {
  const promtool = requirePeer('promtool')

  it.each([
    ['an empty file', ''],
    ['headers', 'http_server_config: {headers: {X-Frame-Options: deny}}'],
    ['a header that may not be set', 'http_server_config: {headers: {X-Foo: deny}}'],
    ['a hash that is none', 'basic_auth_users: {a: x}'],
    ['a certificate that is not there', 'tls_server_config: {cert_file: a, key_file: b}'],
    ['a certificate without its key', 'tls_server_config: {cert_file: a}'],
    ['an unknown key', 'tls_server_configs: {}'],
    ['an unknown cipher', 'tls_server_config: {cipher_suites: [foo]}'],
  ])('thinks the same of a web config with %s', async (_, text) => {
    const file = await folder.write('web.yml', `${text}\n`)
    const theirs = spawnSync(promtool, ['check', 'web-config', file], { encoding: 'utf8' })
    const ours = await check('web-config', file)
    expect(ours.code).toBe(theirs.status)
    expect(ours.err.trimEnd().split(' ', 2)).toEqual(theirs.stderr.trimEnd().split(' ', 2))
  })

  it.each(['healthy', 'ready'])('says the same of a server: %s', async (state) => {
    const { address } = await listen(
      http.createServer(({ url }, response) => {
        response.writeHead(url === '/-/healthy' ? 200 : 503).end('It is well.')
      }),
    )
    const url = `--url=http://${address}`
    const args = ['check', state, url]
    const theirs = await promisify(execFile)(promtool, args).catch((error: unknown) => error)
    const ours = await check(state, url)
    const { stderr } = theirs as { readonly stderr: string }
    expect(ours.err).toBe(stderr)
  })
})
