import { chmodSync, rmSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it, type TestContext } from 'vitest'
import {
  type Asked,
  FakeApiServer,
  type Fault as Refusal,
  type KubernetesObject,
} from '../../bench/kubernetes-server.js'
import { envelope, frame } from '../../bench/kubernetes-wire.js'
import { until, Workspace } from '../helpers/daemon.js'
import { endure, type Fault, shows } from './harness/endure.js'
import { ProbedDaemon } from './harness/probed-daemon.js'
import { timeless } from './harness/row.js'

const pods = '/api/v1/pods'
const before = ['127.1.0.1:9100', '127.1.0.2:9100']
const after = [...before, '127.1.0.3:9100']

/** A pod with one port, at `127.1.0.<n>:9100`. */
function pod(n: number, namespace = 'shop'): KubernetesObject {
  const ip = `127.1.0.${String(n)}`
  return {
    metadata: { name: `pod-${String(n)}`, namespace },
    spec: { containers: [{ name: 'main', image: 'main:1', ports: [{ containerPort: 9100 }] }] },
    status: { phase: 'Running', podIP: ip, podIPs: [{ ip }] },
  }
}

/** The section of a job; its selector is what tells a job beside from it. @param access keys and values in YAML */
function sectionOf(access: string): string {
  const selectors = "selectors: [{role: pod, field: 'spec.nodeName!=none1'}]"
  return `kubernetes_sd_configs: [{role: pod, ${selectors}, ${access}}]`
}

/** What goes wrong at the server, for each request like these, until it ends. */
interface ServerFault extends Pick<Fault, 'fault' | 'says' | 'shown'> {
  readonly refusal?: Refusal
  /** Default: all requests. */
  readonly concerns?: (asked: Asked) => boolean
  /** What happens to the watches there are; default: their connections are cut. */
  readonly ends?: (fake: FakeApiServer) => void
}

const expired = { kind: 'status', code: 410, reason: 'Expired', message: 'too old' } as const

const halfOfAnEvent = frame('MODIFIED', envelope('v1', 'Pod', Buffer.alloc(200))).subarray(0, 90)

const serverFaults: readonly ServerFault[] = [
  {
    fault: 'the API server answers 500',
    says: /pods: .*500/,
    refusal: { kind: 'status', code: 500 },
  },
  {
    fault: 'the API server answers 429 and asks for two seconds',
    says: /pods: the server is busy/,
    refusal: {
      kind: 'status',
      code: 429,
      reason: 'TooManyRequests',
      message: 'the server is busy',
      retryAfterSeconds: 2,
    },
  },
  {
    fault: 'watches end in the middle of an event, again and again',
    says: /pods: .*(end|middle|cut|incomplete)/,
    refusal: { kind: 'body', body: halfOfAnEvent },
    concerns: ({ isWatch }) => isWatch,
  },
  {
    fault: 'answers are cut in the middle',
    says: /aborted|closed|cut|terminated|hung up/i,
    refusal: { kind: 'truncated', share: 0.5, cut: true },
  },
  {
    fault: 'something else answers in the API server’s place (a login page)',
    says: /pods: .*/,
    refusal: { kind: 'body', body: '<html>please log in</html>', type: 'text/html' },
  },
  {
    fault: 'a watch is ended with 410, and so is each one after a new list',
    says: /pods: too old/,
    refusal: expired,
    ends: (fake) => fake.expire(pods),
  },
  {
    fault: 'the version that a watch has is too old: 410, in the watch and as the answer to the next',
    shown: 'nothing is wrong: all is listed again',
    refusal: expired,
    concerns: once(({ parameters }) => parameters.get('sendInitialEvents') === null),
    ends: (fake) => fake.expire(pods),
  },
  {
    fault: 'a list has no end',
    says: /pods: the answer would take more than \d+ MiB of memory/,
    refusal: { kind: 'endless' },
    ends(fake) {
      fake.streamingLists = 'refused'
      fake.expire(pods)
    },
    concerns: ({ isWatch }) => !isWatch,
  },
  {
    fault: 'a list begins, and nothing more comes',
    says: /a watch of pods: nothing has come for 10s/,
    refusal: { kind: 'silence' },
    concerns: ({ parameters }) => parameters.get('sendInitialEvents') === 'true',
    ends: (fake) => fake.expire(pods),
  },
]

/** Holds for the first that it holds for. */
function once<T>(holds: (value: T) => boolean): (value: T) => boolean {
  let isOver = false
  return (value) => {
    if (isOver || !holds(value)) return false
    isOver = true
    return true
  }
}

describe('an API server that is made up', () => {
  const state: { fake?: FakeApiServer } = {}
  beforeEach(async () => {
    const fake = await FakeApiServer.listen()
    for (const n of [1, 2]) fake.put(pods, pod(n))
    state.fake = fake
  })
  afterEach(() => state.fake?.close())

  for (const { refusal, concerns, ends = cut, ...fault } of serverFaults) {
    it(fault.fault, async (context) => {
      const fake = made(state.fake)
      const rig = await ProbedDaemon.start(sectionOf(`api_server: '${fake.url}'`))
      let isWrong = false
      await endure(
        rig,
        {
          ...fault,
          kept: 'all targets',
          mechanism: 'kubernetes',
          before,
          begin() {
            isWrong = true
            const matches = (asked: Asked): boolean => isWrong && (concerns?.(asked) ?? true)
            if (refusal !== undefined) fake.fail(matches, refusal, Infinity)
            ends(fake)
          },
          end() {
            isWrong = false
            fake.streamingLists = 'yes'
            // What is being answered without end, or not at all, ends too.
            fake.cut()
            fake.put(pods, pod(3))
          },
          after,
        },
        context,
      )
    })
  }

  const credential = (token: string): string =>
    JSON.stringify({
      kind: 'ExecCredential',
      apiVersion: 'client.authentication.k8s.io/v1',
      status: { token },
    })

  const programs: readonly (Pick<Fault, 'fault' | 'says'> & { readonly script: string })[] = [
    {
      fault: 'the exec plugin of a kubeconfig fails',
      script: 'echo the login has expired >&2; exit 3',
      says: /exec plugin .*login .*3.*the login has expired/,
    },
    {
      fault: 'the exec plugin of a kubeconfig writes something that is not a credential',
      script: 'echo Welcome',
      says: /exec plugin .*login wrote something that is not JSON/,
    },
    {
      fault: 'the exec plugin of a kubeconfig is gone',
      script: '',
      says: /exec plugin .*login .*(ENOENT|does not exist|no such file|not found)/i,
    },
    {
      fault: 'the exec plugin of a kubeconfig gives a token that the API server refuses',
      script: `echo '${credential('stale')}'`,
      says: /pods: Unauthorized/,
    },
    {
      fault: 'the exec plugin of a kubeconfig hangs for longer than a minute',
      script: 'while [ -e hangs ]; do sleep 0.1; done',
      says: /exec plugin .*login .*(60s|minute)/,
    },
  ]
  for (const { script, ...fault } of programs) {
    it(fault.fault, async (context) => {
      const fake = made(state.fake)
      fake.token = 'first'
      const files = new Workspace()
      const login = (text: string): void => {
        chmodSync(files.write('login', `#!/bin/sh\ncd "$(dirname "$0")"\n${text}\n`), 0o755)
      }
      login(`echo '${credential('first')}'`)
      files.write('kubeconfig', kubeconfig(fake.url, execUser))
      const rig = await ProbedDaemon.start(sectionOf('kubeconfig_file: kubeconfig'), files)
      await endure(
        rig,
        {
          ...fault,
          kept: 'all targets',
          mechanism: 'kubernetes',
          before,
          begin() {
            files.write('hangs', '')
            if (script === '') rmSync(files.path('login'))
            else login(script)
            fake.token = 'second'
            fake.cut()
          },
          patienceMs: 90_000,
          end() {
            login(`echo '${credential('second')}'`)
            rmSync(files.path('hangs'))
            fake.put(pods, pod(3))
          },
          after,
        },
        context,
      )
    })
  }

  it('a kubeconfig is wrong at the start, and mended later', async (context) => {
    const fake = made(state.fake)
    const files = new Workspace()
    files.write('kubeconfig', kubeconfig(fake.url, '{token: t}').replace('current-context: c', ''))
    const rig = await ProbedDaemon.start(sectionOf('kubeconfig_file: kubeconfig'), files)
    const says = /kubeconfig: current-context is missing: name one of the contexts/
    let shown = ''
    await until('the provider says what is missing, and in which file', async () => {
      const [provider] = await rig.providers()
      shown = `${provider?.state ?? ''}: ${provider?.lastError?.message ?? ''}`
      return provider?.state === 'failing' && says.test(shown)
    })
    expect(rig.log()).toMatch(says)
    expect(await rig.metrics()).toMatch(/^muster_sd_provider_healthy\{.*kubernetes.*\} 0$/m)

    files.write('kubeconfig', kubeconfig(fake.url, '{token: t}'))
    const ended = performance.now()
    await shows(rig, ['a'], before)
    noteRow(context, {
      fault: 'a kubeconfig has no current-context when muster starts, and is mended later',
      kept: 'nothing was known; the daemon runs',
      shown,
      recoveryMs: performance.now() - ended,
    })
  })
})

const execUser =
  '{exec: {apiVersion: client.authentication.k8s.io/v1, command: ./login, interactiveMode: Never}}'

/** @param user of the only context, in YAML */
function kubeconfig(server: string, user: string): string {
  return `apiVersion: v1
kind: Config
current-context: c
clusters: [{name: k, cluster: {server: '${server}'}}]
users: [{name: u, user: ${user}}]
contexts: [{name: c, context: {cluster: k, user: u}}]
`
}

function cut(fake: FakeApiServer): void {
  fake.cut()
}

function made<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('there is no server')
  return value
}

function noteRow(
  { task }: TestContext,
  row: { fault: string; kept: string; shown: string; recoveryMs: number },
): void {
  task.meta.faultRow = { part: 'kubernetes', ...row, shown: timeless(row.shown) }
}
