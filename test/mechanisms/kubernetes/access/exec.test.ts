import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { AccessError } from '../../../../src/mechanisms/kubernetes/access/access-error.js'
import { accessOf } from '../../../../src/mechanisms/kubernetes/access/access.js'
import { ExecCredentials } from '../../../../src/mechanisms/kubernetes/access/exec-credentials.js'
import {
  type ExecPlugin,
  runExecPlugin,
} from '../../../../src/mechanisms/kubernetes/access/exec-plugin.js'
import type { KubernetesConfig } from '../../../../src/mechanisms/kubernetes/section.js'
import { folder, serve } from '../../../http/harness.js'
import { until } from '../../../helpers/until.js'

const apiVersion = 'client.authentication.k8s.io/v1'
const never = new AbortController().signal

function credential(status: object | undefined, of: object = {}): string {
  return JSON.stringify({ kind: 'ExecCredential', apiVersion, ...of, status })
}

/** A program: a shell script, in a folder of its own. */
function program(script: string, more: Partial<ExecPlugin> = {}): ExecPlugin {
  const at = folder({ login: `#!/bin/sh\ncd "$(dirname "$0")"\n${script}\n` })
  const command = path.join(at, 'login')
  chmodSync(command, 0o755)
  return { apiVersion, command, args: [], env: {}, installHint: '', ...more }
}

const writes = (text: string): ExecPlugin => program(`cat <<'END'\n${text}\nEND`)
const environment = { PATH: process.env['PATH'], AWS_SECRET_ACCESS_KEY: 'geheim-0' }

describe('a program that makes credentials', () => {
  it('is given its arguments, its variables and those of the process', async () => {
    const plugin = program(
      `echo '{"kind":"ExecCredential","apiVersion":"${apiVersion}","status":{"token":"'"$1 $A $B"'"}}'`,
      { args: ['x y'], env: { A: 'own' } },
    )
    const made = await runExecPlugin(plugin, { ...environment, A: 'theirs', B: 'c' }, never)
    expect(made.token).toBe('x y own c')
  })

  it('may make a token, a certificate or both, with a time when they expire', async () => {
    const status = {
      token: 't',
      clientCertificateData: 'cert',
      clientKeyData: 'key',
      expirationTimestamp: '2030-01-01T00:00:00Z',
    }
    expect(await runExecPlugin(writes(credential(status)), environment, never)).toEqual({
      token: 't',
      certificate: { cert: 'cert', key: 'key' },
      expiresAt: Date.UTC(2030, 0, 1),
    })
    const { token: _, expirationTimestamp: __, ...certificate } = status
    expect(await runExecPlugin(writes(credential(certificate)), environment, never)).toEqual({
      token: '',
      certificate: { cert: 'cert', key: 'key' },
      expiresAt: undefined,
    })
  })

  it.each<[title: string, plugin: () => ExecPlugin, says: string]>([
    [
      'is missing',
      () => ({ ...program(''), command: '/nowhere/login', installHint: 'get it at example.com' }),
      'exec plugin /nowhere/login cannot be started: spawn /nowhere/login ENOENT: get it at example.com',
    ],
    [
      'fails',
      () => program('echo some; echo log in first >&2; exit 7'),
      'failed with exit code 7: log in first',
    ],
    [
      'fails with the secrets that it was given',
      () =>
        program('echo "no: $APP_SECRET $AWS_SECRET_ACCESS_KEY $*" >&2; exit 7', {
          args: ['--client-secret=geheim-1', '--token', 'geheim-2', 'login'],
          env: { APP_SECRET: 'geheim-3' },
        }),
      'failed with exit code 7: no: <secret> <secret> --client-secret=<secret> --token <secret> login',
    ],
    ['fails without a word', () => program('exit 1'), 'failed with exit code 1'],
    ['is killed', () => program('kill -9 $$'), 'was ended by SIGKILL'],
    ['writes no JSON', () => writes('geheim'), 'wrote something that is not JSON'],
    ['writes nothing', () => program(''), 'wrote something that is not JSON'],
    [
      'writes something of another kind',
      () => writes(credential({ token: 'geheim' }, { kind: 'Pod' })),
      'wrote the kind "Pod", not ExecCredential',
    ],
    [
      'writes another version',
      () => writes(credential({ token: 'geheim' }, { apiVersion: `${apiVersion}beta1` })),
      `was asked for ${apiVersion}, and wrote the apiVersion "${apiVersion}beta1"`,
    ],
    ['writes no status', () => writes(credential(undefined)), 'wrote no status'],
    ['writes an empty status', () => writes(credential({})), 'neither a token nor a certificate'],
    [
      'writes a certificate without its key',
      () => writes(credential({ token: 'geheim', clientCertificateData: 'c' })),
      'wrote a certificate or a key, and they are needed together',
    ],
    [
      'writes a wrong time',
      () => writes(credential({ token: 'geheim', expirationTimestamp: 'soon' })),
      'wrote the expirationTimestamp "soon", which is not a time',
    ],
    [
      'writes a token of a wrong type',
      () => writes(credential({ token: 3 })),
      'status.token: expected a string, got a number',
    ],
    ['writes without end', () => program('yes geheim'), 'writes more than 1 MiB'],
  ])('and %s says so, without a secret', async (_, plugin, says) => {
    const running = runExecPlugin(plugin(), environment, never)
    await expect(running).rejects.toThrow(AccessError)
    await expect(running).rejects.toThrow(says)
    await expect(running).rejects.toThrow(/^(?!.*geheim)/s)
  })

  it('and hangs is ended with all that it has started', async () => {
    const plugin = program('sleep 600 & echo $! > child; mv child pid; wait')
    const pid = path.join(path.dirname(plugin.command), 'pid')
    const ending = new AbortController()
    const running = runExecPlugin(plugin, environment, ending.signal)
    await until('the program has started', () => existsSync(pid))
    ending.abort(new Error('reload'))
    await expect(running).rejects.toThrow('reload')
    const child = Number(readFileSync(pid, 'utf8'))
    await until('its child is gone', () => {
      // One that no one waits for stays as a zombie.
      const stat = `/proc/${String(child)}/stat`
      return !existsSync(stat) || readFileSync(stat, 'utf8').includes(') Z ')
    })
  })
})

/** A program that counts its runs and says them as its token. */
function counting(status = ''): { readonly plugin: ExecPlugin; readonly runs: () => number } {
  const plugin = program(
    `echo run >> runs
echo '{"kind":"ExecCredential","apiVersion":"${apiVersion}","status":{"token":"'$(wc -l < runs)'"${status}}}'`,
  )
  const file = path.join(path.dirname(plugin.command), 'runs')
  return { plugin, runs: () => readFileSync(file, 'utf8').trim().split('\n').length }
}

describe('credentials of a program', () => {
  it('are made once for all who need them, and again when they have expired', async () => {
    const { plugin, runs } = counting(',"expirationTimestamp":"1970-01-01T00:10:00Z"')
    let now = 0
    const credentials = new ExecCredentials(plugin, environment, () => now)
    const both = await Promise.all([credentials.get(false), credentials.get(false)])
    expect(both.map(({ token }) => token)).toEqual(['1', '1'])
    now = 599_999
    expect(await credentials.get(false)).toMatchObject({ token: '1' })
    now = 600_000
    expect(await credentials.get(false)).toMatchObject({ token: '2' })
    expect(runs()).toBe(2)
  })

  it('are made again when the server refuses them, unless they are new', async () => {
    const { plugin, runs } = counting()
    let now = 0
    const credentials = new ExecCredentials(plugin, environment, () => now)
    await credentials.get(false)
    now = 4999
    expect(await credentials.get(true)).toMatchObject({ token: '1' })
    now = 5000
    expect(await credentials.get(true)).toMatchObject({ token: '2' })
    now = 1e9
    expect(await credentials.get(false)).toMatchObject({ token: '2' })
    expect(runs()).toBe(2)
  })

  it('that cannot be made are tried again after a while', async () => {
    const plugin = program('echo run >> runs; exit 1')
    const runs = (): number =>
      readFileSync(path.join(path.dirname(plugin.command), 'runs'), 'utf8').length / 4
    let now = 0
    const credentials = new ExecCredentials(plugin, environment, () => now)
    await expect(credentials.get(false)).rejects.toThrow('exit code 1')
    await expect(credentials.get(false)).rejects.toThrow('exit code 1')
    expect(runs()).toBe(1)
    now = 5000
    await expect(credentials.get(false)).rejects.toThrow('exit code 1')
    expect(runs()).toBe(2)
  })

  it('are waited for no longer than the request is wanted, and are there for the next', async () => {
    const plugin = program(
      `until [ -e go ]; do sleep 0.05; done
echo '${credential({ token: 't' })}'`,
    )
    const credentials = new ExecCredentials(plugin, environment, () => 0)
    const poll = new AbortController()
    const waiting = credentials.get(false, poll.signal)
    poll.abort(new Error('reload'))
    await expect(waiting).rejects.toThrow('reload')
    writeFileSync(path.join(path.dirname(plugin.command), 'go'), '')
    expect(await credentials.get(false)).toMatchObject({ token: 't' })
  })

  it('end with the cluster', async () => {
    const credentials = new ExecCredentials(program('sleep 600'), environment, () => 0)
    const waiting = credentials.get(false)
    credentials.close()
    await expect(waiting).rejects.toThrow('the cluster is not used any more')
  })

  it('are sent, and made again for a server that refuses them', async () => {
    const { plugin, runs } = counting()
    const server = await serve((_, response) => response.end())
    const config = path.join(
      folder({
        config: JSON.stringify({
          'current-context': 'a',
          contexts: [{ name: 'a', context: { cluster: 'b', user: 'u' } }],
          clusters: [{ name: 'b', cluster: { server: server.url } }],
          users: [
            {
              name: 'u',
              user: {
                as: 'jane',
                'as-groups': ['a', 'b'],
                exec: { apiVersion, command: plugin.command, interactiveMode: 'Never' },
              },
            },
          ],
        }),
      }),
      'config',
    )
    const access = await accessOf({ kubeconfig_file: config } as KubernetesConfig, {
      userAgent: 'muster/test',
      environment,
    })
    let now = 0
    const { client, authorization, close } = access.connect(() => now)
    for (const wasRefused of [false, true]) {
      const value = (await authorization?.(wasRefused, never)) ?? ''
      const headers = { authorization: value }
      await client.request({ url: server.url, timeoutMs: 60_000, headers })
      now = 10_000
    }
    await close()
    expect(server.asked.map(({ headers }) => headers)).toMatchObject([
      { authorization: 'Bearer 1', 'impersonate-user': 'jane', 'impersonate-group': 'a, b' },
      { authorization: 'Bearer 2', 'impersonate-user': 'jane' },
    ])
    expect(runs()).toBe(2)
  })
})
