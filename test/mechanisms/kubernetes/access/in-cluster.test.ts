import { rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { createHttpClient } from '../../../../src/http/index.js'
import { AccessError } from '../../../../src/mechanisms/kubernetes/access/access-error.js'
import type { Reached } from '../../../../src/mechanisms/kubernetes/access/reached.js'
import { inCluster } from '../../../../src/mechanisms/kubernetes/access/in-cluster.js'
import { folder, serve } from '../../../http/harness.js'

const inPod = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' }

function reach(serviceAccount: string, environment: object = inPod): Promise<Reached> {
  return inCluster(true, {
    userAgent: 'muster/test',
    environment: environment as Record<string, string>,
    serviceAccount,
  })
}

describe('a pod', () => {
  it('reaches its cluster as its service account', async () => {
    const at = folder({ token: 'geheim\n', 'ca.crt': '', namespace: 'web\n' })
    const { server, ownNamespace, http } = await reach(at)
    expect(server).toBe('https://[fd00::1]:443')
    expect(ownNamespace).toBe('web')
    expect(http.authorization?.credentials_file).toBe(path.join(at, 'token'))
    expect(http.tls_config.ca_file).toBe(path.join(at, 'ca.crt'))
  })

  it('sends the token as it is now: Kubernetes renews it', async () => {
    const at = folder({ token: 'one', 'ca.crt': '', namespace: 'web' })
    const server = await serve((_, response) => response.end())
    const { http } = await reach(at)
    const client = createHttpClient(
      { ...http, tls_config: { ...http.tls_config, ca_file: '' } },
      { userAgent: 'muster/test' },
    )
    await client.request({ url: server.url, timeoutMs: 60_000 })
    writeFileSync(path.join(at, 'token'), 'two')
    await client.request({ url: server.url, timeoutMs: 60_000 })
    await client.close()
    expect(server.asked.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer one',
      'Bearer two',
    ])
  })

  it.each<[title: string, break_: (at: string) => object, says: string]>([
    [
      'outside of a cluster',
      () => ({ KUBERNETES_SERVICE_HOST: 'h' }),
      'unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined',
    ],
    [
      'without a token',
      (at) => {
        rmSync(path.join(at, 'token'))
        return inPod
      },
      'unable to read the token of the service account: ENOENT',
    ],
    [
      'without a namespace',
      (at) => {
        rmSync(path.join(at, 'namespace'))
        return inPod
      },
      "could not determine the pod's namespace: ENOENT",
    ],
    [
      'with an empty namespace',
      (at) => {
        writeFileSync(path.join(at, 'namespace'), ' \n')
        return inPod
      },
      'could not read own namespace name (empty file)',
    ],
  ])('%s says so', async (_, break_, says) => {
    const at = folder({ token: 'geheim', 'ca.crt': '', namespace: 'web' })
    const reaching = reach(at, break_(at))
    await expect(reaching).rejects.toThrow(AccessError)
    await expect(reaching).rejects.toThrow(says)
  })
})
