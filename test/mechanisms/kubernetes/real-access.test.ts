import { asyncScheduler, type SchedulerLike } from 'rxjs'
import { chmodSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { GroupStore } from '../../../src/discovery/groups/group-store.js'
import { heapLimitOf, mostWeight } from '../../../src/mechanisms/kit/memory.js'
import type { AccessOptions } from '../../../src/mechanisms/kubernetes/access/reached.js'
import { discover } from '../../../src/mechanisms/kubernetes/discoverer.js'
import { kubernetesMetrics } from '../../../src/mechanisms/kubernetes/metrics.js'
import { section } from '../../../src/mechanisms/kubernetes/section.js'
import { decodeText, formatIssue } from '../../../src/yaml/index.js'
import { folder } from '../../http/harness.js'
import { Workspace } from '../../helpers/daemon.js'
import { describeWithPeers } from '../../helpers/peers.js'
import { issue } from '../../helpers/pki/issue.js'
import { RealKubernetes } from '../../helpers/real-kubernetes.js'
import { until } from '../../helpers/until.js'
import { allow, podObject } from './world.js'
import { testContext, type TestContext } from '../../../src/testing/discovery/index.js'

const authority = issue({ name: 'authority', ca: true })

/** What a pod has of its cluster, or a user in a kubeconfig; with what goes around it. */
interface Way {
  readonly element: Readonly<Record<string, unknown>>
  readonly access?: Partial<AccessOptions>
}

describeWithPeers('a real API server is reached', ['kubernetes'], () => {
  const files = new Workspace()
  let server: RealKubernetes
  beforeAll(async () => {
    const authorities = files.write('clients.pem', authority.pem)
    server = await RealKubernetes.start({ args: [`--client-ca-file=${authorities}`] })
    for (const name of ['shop', 'hidden']) {
      await server.create('Namespace', { metadata: { name } })
      await server.create('Pod', podObject(`in-${name}`, {}, name))
    }
  }, 240_000)
  afterAll(async () => {
    await server.stop()
    files.remove()
  }, 60_000)

  /** Searches for pods, in two namespaces where nothing else is said. */
  // oxlint-disable-next-line unicorn/consistent-function-scoping -- it is of this suite alone
  function search({ element, access = {} }: Way): {
    readonly pods: () => readonly string[]
    readonly context: TestContext<SchedulerLike>
  } {
    const all = { role: 'pod', namespaces: { names: ['shop', 'hidden'] }, ...element }
    const { value, issues } = decodeText(section, '/p.yml', JSON.stringify(all))
    if (issues.length > 0) throw new Error(issues.map(formatIssue).join('\n'))
    const context = testContext(asyncScheduler)
    const store = new GroupStore()
    const { findings } = discover(value, context, {
      metrics: kubernetesMetrics(new Registry()),
      access: { userAgent: 'muster/test', environment: {}, ...access },
      maxWeight: mostWeight(heapLimitOf({})),
      parts: { made: undefined },
    })
    const subscription = findings().subscribe({
      next: (finding) => store.take(context.take(finding)),
      error: (error: unknown) => void context.take({ trouble: { error } }),
    })
    onTestFinished(() => subscription.unsubscribe())
    const pods = (): readonly string[] =>
      Array.from(
        store.groups.values(),
        ({ labels }) => labels['__meta_kubernetes_pod_name'] ?? '',
      ).sort()
    return { pods, context }
  }

  /** A kubeconfig with one user. @param beside files that lie beside it */
  function kubeconfig(user: object, beside: Readonly<Record<string, string>> = {}): string {
    const cluster = { server: server.url, 'certificate-authority': server.caFile }
    const config = {
      'current-context': 'c',
      clusters: [{ name: 'k', cluster }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
    }
    const at = folder({ ...beside, kubeconfig: JSON.stringify(config) })
    return path.join(at, 'kubeconfig')
  }

  /** The folder that a pod of a service account of the namespace `shop` has. */
  async function serviceAccount(name: string): Promise<string> {
    const at = '/api/v1/namespaces/shop/serviceaccounts'
    await server.request('POST', at, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name },
    })
    const { status } = (await server.request('POST', `${at}/${name}/token`, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {},
    })) as { readonly status: { readonly token: string } }
    const ca = readFileSync(server.caFile, 'utf8')
    return folder({ token: status.token, 'ca.crt': ca, namespace: 'shop' })
  }

  const inPod = (account: string): Partial<AccessOptions> => ({
    environment: {
      KUBERNETES_SERVICE_HOST: '127.0.0.1',
      KUBERNETES_SERVICE_PORT: String(server.port),
    },
    serviceAccount: account,
  })

  const ways: Readonly<Record<string, () => Way | Promise<Way>>> = {
    'by api_server and a token': () => ({ element: server.access() }),
    'by a kubeconfig with a token': () => ({
      element: { kubeconfig_file: kubeconfig({ token: 'admin-token' }) },
    }),
    'by a kubeconfig with a token in a file': () => ({
      element: {
        kubeconfig_file: kubeconfig({ tokenFile: 'token' }, { token: 'admin-token\n' }),
      },
    }),
    'by a kubeconfig with a client certificate': async () => {
      await allow(server, 'certified', ['pods'])
      const { pem, keyPem } = issue({ name: 'certified', issuer: authority, usages: ['client'] })
      const beside = { 'client.pem': pem, 'client.key': keyPem }
      const user = { 'client-certificate': 'client.pem', 'client-key': 'client.key' }
      return { element: { kubeconfig_file: kubeconfig(user, beside) } }
    },
    'by a kubeconfig with a client certificate in it': async () => {
      await allow(server, 'inline', ['pods'])
      const { pem, keyPem } = issue({ name: 'inline', issuer: authority, usages: ['client'] })
      const user = {
        'client-certificate-data': Buffer.from(pem).toString('base64'),
        'client-key-data': Buffer.from(keyPem).toString('base64'),
      }
      return { element: { kubeconfig_file: kubeconfig(user) } }
    },
    'by a kubeconfig with an exec plugin that makes a token': () => ({
      element: { kubeconfig_file: withPlugin({ token: 'admin-token' }) },
    }),
    'by a kubeconfig with an exec plugin that makes a client certificate': async () => {
      await allow(server, 'made', ['pods'])
      const { pem, keyPem } = issue({ name: 'made', issuer: authority, usages: ['client'] })
      const status = { clientCertificateData: pem, clientKeyData: keyPem }
      return { element: { kubeconfig_file: withPlugin(status) } }
    },
    'from inside, as a service account': async () => {
      await allow(server, 'system:serviceaccount:shop:all', ['pods'])
      return { element: {}, access: inPod(await serviceAccount('all')) }
    },
  }

  /** A kubeconfig whose exec plugin writes this. */
  function withPlugin(status: object): string {
    const apiVersion = 'client.authentication.k8s.io/v1'
    const credential = JSON.stringify({ kind: 'ExecCredential', apiVersion, status })
    const login = '#!/bin/sh\ncat "$(dirname "$0")/credential"\n'
    const exec = { apiVersion, command: './login', interactiveMode: 'Never' }
    const file = kubeconfig({ exec }, { login, credential })
    chmodSync(path.join(path.dirname(file), 'login'), 0o755)
    return file
  }

  for (const [title, way] of Object.entries(ways)) {
    it(title, async () => {
      const { pods, context } = search(await way())
      await until('all pods', () => context.wells > 0 || context.errors.length > 0)
      expect(context.errors).toEqual([])
      expect(pods()).toEqual(['in-hidden', 'in-shop'])
    })
  }

  it('from inside, for the namespace of the pod alone', async () => {
    await allow(server, 'system:serviceaccount:shop:own', ['pods'], 'shop')
    const element = { namespaces: { own_namespace: true } }
    const { pods, context } = search({ element, access: inPod(await serviceAccount('own')) })
    await until('all pods', () => context.wells > 0 || context.errors.length > 0)
    expect(context.errors).toEqual([])
    expect(pods()).toEqual(['in-shop'])
  })

  it('as another user, with the rights of that one', async () => {
    await allow(server, 'user1', ['pods'], 'shop')
    const user = { token: 'admin-token', as: 'user1', 'as-groups': ['testers'] }
    const { pods, context } = search({ element: { kubeconfig_file: kubeconfig(user) } })
    await until('the pods of one', () => pods().length > 0 && context.errors.length > 0)
    expect(pods()).toEqual(['in-shop'])
    expect(String(context.errors[0])).toMatch(/namespace hidden: pods is forbidden: User "user1" /)
  })
})
