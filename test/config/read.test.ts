import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { once } from 'node:events'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readBounded } from '../../src/cli/check/files.js'
import {
  configChecksum,
  loadConfig,
  readConfigFile,
  readConfigInput,
} from '../../src/config/index.js'
import { configLimit, readRegular, readRegularSync } from '../../src/go/read-file.js'
import { configuredHeaders } from '../../src/http/headers.js'
import { secretSource } from '../../src/http/secret-source.js'
import { look, readAll } from '../../src/mechanisms/file/read-file.js'
import { hashFiles } from '../../src/reload/index.js'
import { silentLogger } from '../../src/telemetry/index.js'
import { webConfigFile } from '../../src/web/protect/config-file.js'
import { readServerTls } from '../../src/web/protect/certificates.js'
import { webConfig } from '../../src/web/protect/section.js'
import { decodeText } from '../../src/yaml/index.js'
import { Deadline } from '../../src/http/deadline.js'

let folder = ''
const server = net.createServer()
beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'muster-read-'))
  execFileSync('sh', ['-c', 'mkfifo "$0"', at('pipe')])
  mkdirSync(at('folder'))
  writeFileSync(at('file'), 'text')
  symlinkSync('file', at('link'))
  symlinkSync('/dev/zero', at('endless link'))
  writeFileSync(at('huge'), '')
  truncateSync(at('huge'), 10 * 1024 ** 3)
  server.listen(at('socket'))
  await once(server, 'listening')
})
afterEach(() => {
  server.close()
  rmSync(folder, { recursive: true })
})

function at(name: string): string {
  return path.resolve(folder, name)
}

function tlsFiles(file: string) {
  const text = `tls_server_config: {cert_file: ${JSON.stringify(file)}, key: k}`
  return decodeText(webConfig, '/x.yml', text).value.tls_server_config
}

async function headersOf(file: string): Promise<unknown> {
  const deadline = new Deadline(60_000, () => 'x')
  try {
    return await configuredHeaders({ a: { values: [], secrets: [], files: [file] } }, deadline)
  } finally {
    deadline.clear()
  }
}

/** Everything that reads a file named by a user; each of them as it is called for real. */
const readers: Readonly<Record<string, (file: string) => unknown>> = {
  'the helper': (file) => readRegular(file, { limit: 1024 }),
  'the helper at once': (file) => readRegularSync(file, 1024),
  'a config file': readConfigFile,
  'a config file given to a check': readConfigInput,
  'a config': (file) => loadConfig(file, { mechanisms: [] }),
  'a checksum': (file) => configChecksum(file),
  'a rule file': (file) => readBounded(file, 64),
  'a file of targets': async (file) => {
    await look(file)
    return readAll(file, 512 * 1024 * 1024)
  },
  'a secret at start': (file) => secretSource('', file, '')?.readNow(),
  'a secret': (file) => secretSource('', file, '')?.read(),
  'a header': headersOf,
  'a web config': (file) => webConfigFile(file, silentLogger).now(),
  'a certificate of the server': (file) => readServerTls(tlsFiles(file)),
}

async function outcomeOf(read: () => unknown): Promise<string> {
  try {
    return String(await read())
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

describe.each(Object.entries(readers))('%s', (_, read) => {
  it.each([
    ['/dev/zero', /not a regular file/],
    ['endless link', /not a regular file/],
    ['/dev/tty', /not a regular file|ENXIO|no such/],
    ['pipe', /not a regular file/],
    ['socket', /not a regular file/],
    ['huge', /limit/],
    ['folder', /EISDIR|is a directory|not a regular file/],
  ])('that is %s is refused, and says why', async (name, says) => {
    expect(await outcomeOf(() => read(at(name)))).toMatch(says)
  })

  it('that is a link to a file is read as the file is', async () => {
    const [direct, linked] = [at('file'), at('link')]
    const asFile = (await outcomeOf(() => read(direct))).replaceAll(direct, 'it')
    expect((await outcomeOf(() => read(linked))).replaceAll(linked, 'it')).toBe(asFile)
    expect(asFile).not.toMatch(/regular|limit/)
  })
})

describe('hashFiles', () => {
  it.each(['/dev/zero', 'pipe', 'socket'])('refuses %s', async (name) => {
    await expect(hashFiles([at('file'), at(name)])()).rejects.toMatchObject({
      code: 'ERR_RELOAD_USAGE',
      message: `${at(name)}: not a regular file`,
    })
  })
})

it('a file that grows is read to the end, and files that claim no size are read', async () => {
  const text = 'x'.repeat(300_000)
  writeFileSync(at('long'), text)
  expect(String(readRegularSync(at('long'), configLimit))).toBe(text)
  expect(String(await readRegular(at('long'), { limit: configLimit }))).toBe(text)
  expect(String(await readRegular('/proc/self/status', { limit: 65_536 }))).toContain('Pid:')
  expect(String(readRegularSync('/proc/self/status', 65_536))).toContain('Pid:')
})

it('reading ends when its signal says so', async () => {
  const signal = AbortSignal.abort(new Error('enough'))
  await expect(readRegular(at('file'), { limit: 10, signal })).rejects.toThrow('enough')
})

it('a check takes what the shell has opened, as promtool does; a config that is read again does not', async () => {
  const main = path.resolve(import.meta.dirname, '../../dist/bin/muster.js')
  const command = `${process.execPath} ${main} check config <(echo 'global: {}')`
  expect(String(execFileSync('bash', ['-c', command]))).toContain('SUCCESS')
  const run = promisify(execFile)('bash', [
    '-c',
    `${process.execPath} ${main} --web.listen-address=127.0.0.1:0 --config.file=<(echo 'global: {}')`,
  ])
  await expect(run).rejects.toMatchObject({
    stderr: expect.stringMatching(/read \/dev\/fd\/\d+: not a regular file but a pipe/),
  })
})
