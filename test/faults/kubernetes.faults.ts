import { chmodSync, readFileSync, rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  type TestContext,
} from 'vitest'
import {
  type Asked,
  FakeApiServer,
  type Fault as Refusal,
  type KubernetesObject,
} from '../../bench/kubernetes-server.js'
import { envelope, frame } from '../../bench/kubernetes-wire.js'
import { until, Workspace } from '../helpers/daemon.js'
import { describeWithPeers } from '../helpers/peers.js'
import { issue } from '../helpers/pki/issue.js'
import { RealKubernetes } from '../helpers/real-kubernetes.js'
import { allow } from '../mechanisms/kubernetes/world.js'
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
interface ServerFault extends Pick<Fault, 'fault' | 'says' | 'shown' | 'patienceMs'> {
  readonly refusal?: Refusal
  /** How much heap the daemon has, in MiB; default what Node gives it. */
  readonly heap?: number
  /** Default: the server has them. */
  readonly streamingLists?: FakeApiServer['streamingLists']
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
    fault:
      'the version that a watch has is too old: 410, in the watch and as the answer to the next',
    shown: 'nothing is wrong: all is listed again',
    refusal: expired,
    concerns: once(({ parameters }) => parameters.get('sendInitialEvents') === null),
    ends: (fake) => fake.expire(pods),
  },
  {
    fault: 'a list has no end',
    says: /pods: the answer would take more than \d+ MiB of memory/,
    refusal: { kind: 'endless' },
    heap: 64,
    patienceMs: 200_000,
    ends: (fake) => fake.expire(pods),
    streamingLists: 'refused',
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

const credential = (token: string): string =>
  JSON.stringify({
    kind: 'ExecCredential',
    apiVersion: 'client.authentication.k8s.io/v1',
    status: { token },
  })

describe('an API server that is made up', () => {
  const state: { fake?: FakeApiServer } = {}
  beforeEach(async () => {
    const fake = await FakeApiServer.listen()
    for (const n of [1, 2]) fake.put(pods, pod(n))
    state.fake = fake
  })
  afterEach(() => state.fake?.close())

  for (const {
    refusal,
    concerns,
    heap,
    ends = cut,
    streamingLists = 'yes',
    ...fault
  } of serverFaults) {
    it(fault.fault, async (context) => {
      const fake = made(state.fake)
      fake.streamingLists = streamingLists
      const node = heap === undefined ? '' : `--max-old-space-size=${String(heap)}`
      const section = sectionOf(`api_server: '${fake.url}'`)
      const rig = await ProbedDaemon.start(section, new Workspace(), [], node)
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
      fault: 'the exec plugin of a kubeconfig hangs',
      script: 'while [ -e hangs ]; do sleep 0.1; done',
      says: /exec plugin .*login has not ended within 40s/,
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

/** What goes wrong at a real server. Each fault has a namespace of its own, with the two pods. */
interface RealFault
  extends Pick<Fault, 'fault' | 'says' | 'shown' | 'during' | 'patienceMs'>,
    Partial<Pick<Fault, 'kept' | 'after'>> {
  /** Default: `admin`, who may do everything. */
  readonly user?: string
  /** What is to be there beside the two pods. */
  readonly prepare?: (scene: RealScene) => Promise<void>
  readonly begin: (scene: RealScene) => Promise<void>
  /** Ends the fault; then the third pod comes. */
  readonly end: (scene: RealScene) => Promise<void>
  /** What the log has at the end. */
  readonly logged?: RegExp
}

interface RealScene {
  readonly server: RealKubernetes
  readonly namespace: string
  readonly user: string
  /** With the `token` and the `ca.crt` that muster uses. */
  readonly files: Workspace
}

const unreachable = /ECONNREFUSED|socket|closed|hang|ECONNRESET/i
const second = issue({ name: 'second', names: ['IP:127.0.0.1'], ca: true })

async function startAgain({ server }: RealScene): Promise<void> {
  await server.kill()
  await server.restart()
}

const realFaults: readonly RealFault[] = [
  {
    fault: 'the API server is killed, and comes back after a while',
    says: unreachable,
    begin: ({ server }) => server.kill(),
    end: ({ server }) => server.restart(),
  },
  {
    fault: 'the API server is killed, and comes back with an older state (etcd restored)',
    kept: 'all targets until it answers; what it then has',
    says: unreachable,
    async prepare({ server, namespace }) {
      await server.remove('Pod', `${namespace}/pod-2`)
      await server.save()
      await server.create('Pod', pod(2, namespace))
      // Its versions are to be older for a while after it has come back.
      for (let at = 0; at < 100; at += 1) {
        const metadata = { labels: { at: String(at) } }
        await server.patch('Pod', `${namespace}/pod-1`, { metadata })
      }
    },
    begin: ({ server }) => server.kill(),
    end: ({ server }) => server.restore(),
    after: ['127.1.0.1:9100', '127.1.0.3:9100'],
    logged: /pods of the namespace .*: the server has come back with an older state/,
  },
  {
    fault: 'the API server hangs, and goes on after a while (SIGSTOP, SIGCONT)',
    says: /pods of the namespace .*: (?:nothing has come for|.* no answer within|.*timed out)/,
    patienceMs: 400_000,
    async begin({ server }) {
      // It may have sent a bookmark by then: from the first one on three minutes of silence are too long.
      await sleep(75_000)
      server.pause()
    },
    end({ server }) {
      server.resume()
      return Promise.resolve()
    },
  },
  {
    fault: 'the token in a file is one that the API server refuses, and then a good one',
    says: /pods of the namespace .*: Unauthorized/,
    async begin(scene) {
      scene.files.write('token', 'expired-token')
      await startAgain(scene)
    },
    async end({ files, user }) {
      files.write('token', `${user}-token`)
    },
  },
  {
    fault: 'the user may not read one of two namespaces any more',
    user: 'user1',
    kept: 'all targets, also of the namespace that is forbidden',
    says: /pods of the namespace .*: pods is forbidden: User \\?"user1\\?" cannot/,
    async prepare({ server, namespace }) {
      await allow(server, 'user1', ['pods'], namespace)
      await allow(server, 'user1', ['pods'], 'default')
    },
    async begin(scene) {
      await scene.server.remove('RoleBinding', `${scene.namespace}/user1-reads-pods`)
      await startAgain(scene)
    },
    async end({ server, namespace }) {
      await server.remove('Role', `${namespace}/user1-reads-pods`)
      await allow(server, 'user1', ['pods'], namespace)
    },
  },
  {
    fault: 'the user may read nothing for so long that etcd has forgotten what happened meanwhile',
    user: 'user2',
    says: /pods of the namespace .*: pods is forbidden: User \\?"user2\\?" cannot/,
    async prepare({ server, namespace }) {
      await allow(server, 'user2', ['pods'], namespace)
      await allow(server, 'user2', ['pods'], 'default')
    },
    async begin(scene) {
      await scene.server.remove('RoleBinding', `${scene.namespace}/user2-reads-pods`)
      await startAgain(scene)
    },
    async end(scene) {
      const { server, namespace } = scene
      const at = `/api/v1/namespaces/${namespace}/pods`
      const { metadata } = (await server.request('GET', `${at}?limit=1`)) as KubernetesObject
      for (const n of [4, 5, 6]) await server.create('Pod', pod(n, namespace))
      await server.compact()
      await startAgain(scene)
      const from = `?watch=1&timeoutSeconds=1&resourceVersion=${String(metadata.resourceVersion)}`
      expect(await server.request('GET', at + from)).toMatchObject({ object: { code: 410 } })
      await server.remove('Role', `${namespace}/user2-reads-pods`)
      await allow(server, 'user2', ['pods'], namespace)
    },
    after: [1, 2, 3, 4, 5, 6].map((n) => `127.1.0.${String(n)}:9100`),
  },
  {
    fault: 'the API server gets a certificate of another authority, and `ca_file` has it later',
    says: /certificate|issuer|self-signed/i,
    async begin(scene) {
      await scene.server.certify(second)
      await startAgain(scene)
    },
    async end({ files }) {
      files.write('ca.crt', second.pem)
    },
  },
]

describeWithPeers('a real API server', ['kubernetes'], () => {
  const state: { server?: RealKubernetes } = {}
  beforeAll(async () => {
    state.server = await RealKubernetes.start()
  }, 240_000)
  afterAll(() => state.server?.stop(), 60_000)

  for (const [
    at,
    { prepare, begin, end, logged, user = 'admin', ...fault },
  ] of realFaults.entries()) {
    it(fault.fault, async (context) => {
      const server = made(state.server)
      const namespace = `fault-${String(at)}`
      await server.create('Namespace', { metadata: { name: namespace } })
      await server.create('Pod', pod(1, namespace), pod(2, namespace))
      const files = new Workspace()
      files.write('token', `${user}-token`)
      files.write('ca.crt', readFileSync(server.caFile, 'utf8'))
      const scene: RealScene = { server, namespace, user, files }
      await prepare?.(scene)
      const rig = await ProbedDaemon.start(
        sectionOf(
          `api_server: '${server.url}', authorization: {credentials_file: token}, ` +
            `tls_config: {ca_file: ca.crt}, namespaces: {names: [${namespace}, default]}`,
        ),
        files,
      )
      await endure(
        rig,
        {
          kept: 'all targets',
          mechanism: 'kubernetes',
          before,
          after,
          ...fault,
          begin: () => begin(scene),
          async end() {
            await end(scene)
            await server.create('Pod', pod(3, namespace))
          },
        },
        context,
      )
      if (logged !== undefined) expect(rig.log()).toMatch(logged)
    }, 600_000)
  }
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
