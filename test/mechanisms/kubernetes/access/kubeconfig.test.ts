import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { defaultHttpClientConfig } from '../../../../src/http/index.js'
import { AccessError } from '../../../../src/mechanisms/kubernetes/access/access-error.js'
import type { Reached } from '../../../../src/mechanisms/kubernetes/access/reached.js'
import { readKubeconfig } from '../../../../src/mechanisms/kubernetes/access/kubeconfig.js'
import { sameConfig, Secret } from '../../../../src/yaml/index.js'
import { folder } from '../../../http/harness.js'

const pem = '-----BEGIN CERTIFICATE-----\nZ2VoZWlt\n-----END CERTIFICATE-----\n'
const base64 = Buffer.from(pem).toString('base64')

const inside = (lines: readonly string[]): string => lines.map((line) => `    ${line}\n`).join('')

/** A kubeconfig with one context, of a cluster and a user with these lines. */
function kubeconfig(cluster: readonly string[], user: readonly string[]): string {
  return `
apiVersion: v1
kind: Config
preferences: {}
current-context: here
contexts:
- {name: there, context: {cluster: nowhere, user: no one}}
- {name: here, context: {cluster: c, user: u, namespace: web}}
clusters:
- name: c
  cluster:
    server: https://127.0.0.1:6443
${inside(cluster)}users:
- name: u
  user:
    unknown: {}
${inside(user)}`
}

async function read(text: string): Promise<{ readonly reached: Reached; readonly at: string }> {
  const at = folder({ config: text })
  return { reached: await readKubeconfig(path.join(at, 'config')), at }
}

const plain = defaultHttpClientConfig()
const fromEnvironment = { ...plain.proxy, proxy_from_environment: true }
const bearer = (credentials: string, credentials_file = ''): object => ({
  authorization: {
    type: 'Bearer',
    credentials: new Secret(credentials),
    credentials_file,
    credentials_ref: '',
  },
})
const header = (...values: string[]): object => ({ values, secrets: [], files: [] })

const exec = (more: string): readonly string[] => [
  `exec: {command: bin/login, args: [-v], apiVersion: client.authentication.k8s.io/v1beta1, env: [{name: A, value: b}]${more}}`,
]

describe('a kubeconfig', () => {
  it.each<
    [
      title: string,
      cluster: readonly string[],
      user: readonly string[],
      http: (at: string) => object,
    ]
  >([
    ['without credentials', [], [], () => ({})],
    ['with a token', [], ['token: geheim'], () => bearer('geheim')],
    [
      'with a file of a token, which wins over one that is inline',
      [],
      ['tokenFile: sub/token', 'token: geheim'],
      (at) => bearer('', path.join(at, 'sub/token')),
    ],
    [
      'with a password',
      [],
      ['username: me', 'password: geheim'],
      () => ({
        basic_auth: {
          username: 'me',
          password: new Secret('geheim'),
          username_file: '',
          username_ref: '',
          password_file: '',
          password_ref: '',
        },
      }),
    ],
    [
      'with files of certificates, relative to its own folder or not',
      ['certificate-authority: ca.pem', 'tls-server-name: kube'],
      ['client-certificate: ./cert.pem', 'client-key: /etc/key.pem'],
      (at) => ({
        tls_config: {
          ...plain.tls_config,
          ca_file: path.join(at, 'ca.pem'),
          cert_file: path.join(at, 'cert.pem'),
          key_file: '/etc/key.pem',
          server_name: 'kube',
        },
      }),
    ],
    [
      'with certificates that are inline, which win over files',
      [`certificate-authority-data: ${base64}`, 'certificate-authority: ca.pem'],
      [`client-certificate-data: ${base64}`, `client-key-data: ${base64}`, 'client-key: k.pem'],
      () => ({ tls_config: { ...plain.tls_config, ca: pem, cert: pem, key: new Secret(pem) } }),
    ],
    [
      'that verifies nothing',
      ['insecure-skip-tls-verify: true'],
      [],
      () => ({ tls_config: { ...plain.tls_config, insecure_skip_verify: true } }),
    ],
    [
      'with a proxy of its own',
      ['proxy-url: socks5://127.0.0.1:1080'],
      [],
      () => ({ proxy: { ...plain.proxy, proxy_url: 'socks5://127.0.0.1:1080' } }),
    ],
    [
      'that acts as another user',
      [],
      [
        'as: jane',
        'as-uid: "7"',
        'as-groups: [a, b]',
        'as-user-extra: {Example.com/Team X: [t1, t2], scopes: [s]}',
      ],
      () => ({
        http_headers: {
          'Impersonate-User': header('jane'),
          'Impersonate-Uid': header('7'),
          'Impersonate-Group': header('a', 'b'),
          'Impersonate-Extra-example.com%2Fteam%20x': header('t1', 't2'),
          'Impersonate-Extra-scopes': header('s'),
        },
      }),
    ],
  ])('%s is read', async (_, cluster, user, http) => {
    const { reached, at } = await read(kubeconfig(cluster, user))
    const expected = {
      server: 'https://127.0.0.1:6443',
      ownNamespace: undefined,
      http: { ...plain, proxy: fromEnvironment, ...http(at) },
    }
    expect(reached).toEqual(expected)
    // Secrets too.
    expect(sameConfig(reached, expected)).toBe(true)
  })

  it('may be JSON, with a user that needs no entry', async () => {
    const { reached } = await read(
      JSON.stringify({
        'current-context': 'a',
        contexts: [{ name: 'a', context: { cluster: 'b' } }],
        clusters: [{ name: 'b', cluster: { server: 'http://127.0.0.1:8001/prefix' } }],
      }),
    )
    expect(reached.server).toBe('http://127.0.0.1:8001/prefix')
  })

  it.each<[title: string, text: string, says: string]>([
    ['is not YAML', 'a: [', 'config:1'],
    ['is empty', '', 'current-context is missing: name one of the contexts'],
    ['is a list', '[]', 'expected an object, got a list'],
    [
      'has a value of a wrong type',
      kubeconfig(['insecure-skip-tls-verify: 3'], []),
      'clusters[0].cluster.insecure-skip-tls-verify: expected a boolean, got a number',
    ],
    [
      'names a context that does not exist',
      kubeconfig([], []).replace('current-context: here', 'current-context: home'),
      'current-context names the context "home", which does not exist; there is "there", "here"',
    ],
    [
      'names a cluster that does not exist',
      kubeconfig([], []).replace('current-context: here', 'current-context: there'),
      'context "there" names the cluster "nowhere", which does not exist; there is "c"',
    ],
    [
      'names a user that does not exist',
      kubeconfig([], []).replace('user: u,', 'user: w,'),
      'context "here" names the user "w", which does not exist; there is "u"',
    ],
    [
      'has a cluster twice',
      kubeconfig([], []).replace('users:', '- {name: c, cluster: {}}\nusers:'),
      'there are two of cluster "c"',
    ],
    [
      'has no server',
      kubeconfig([], []).replace('    server: https://127.0.0.1:6443\n', '    server: ""\n'),
      'cluster "c" has no server',
    ],
    [
      'has data that is not base64',
      kubeconfig(['certificate-authority-data: "geheim!"'], []),
      'certificate-authority-data is not valid base64',
    ],
    [
      'trusts a certificate and verifies nothing',
      kubeconfig(['insecure-skip-tls-verify: true', 'certificate-authority: ca.pem'], []),
      'with the insecure flag is not allowed: take out insecure-skip-tls-verify or certificate-authority',
    ],
    [
      'has a certificate without its key',
      kubeconfig([], ['client-certificate: c.pem']),
      'client-certificate and client-key are needed together',
    ],
    [
      'has a proxy of another kind',
      kubeconfig(['proxy-url: ftp://geheim@127.0.0.1'], []),
      'proxy-url has to begin with http://, https:// or socks5://',
    ],
    [
      'has groups of another user without that user',
      kubeconfig([], ['as-groups: [a]']),
      'as-uid, as-groups and as-user-extra need a user: set as',
    ],
    [
      'has an auth-provider',
      kubeconfig([], ['auth-provider: {name: gcp, config: {token: geheim}}']),
      'the auth-provider "gcp" cannot be used, as in Kubernetes since 1.26: use exec or a token',
    ],
    [
      'has an exec without a command',
      kubeconfig([], ['exec: {apiVersion: client.authentication.k8s.io/v1}']),
      'exec has no command',
    ],
    [
      'has an exec of an old version',
      kubeconfig([], ['exec: {command: a, apiVersion: client.authentication.k8s.io/v1alpha1}']),
      'exec has the apiVersion "client.authentication.k8s.io/v1alpha1"; it may be client.authentication.k8s.io/v1 or',
    ],
    [
      'has an exec without a mode',
      kubeconfig([], ['exec: {command: a, apiVersion: client.authentication.k8s.io/v1}']),
      'exec needs an interactiveMode: Never or IfAvailable',
    ],
    [
      'has an exec that needs a terminal',
      kubeconfig(
        [],
        [
          'exec: {command: a, apiVersion: client.authentication.k8s.io/v1beta1, interactiveMode: Always}',
        ],
      ),
      'exec has the interactiveMode "Always"; without a terminal it can be Never or IfAvailable',
    ],
  ])('that %s is refused, with its name and without a secret', async (_, text, says) => {
    const reading = read(text)
    await expect(reading).rejects.toThrow(AccessError)
    await expect(reading).rejects.toThrow(says)
    await expect(reading).rejects.toThrow(/^(?!.*geheim).*muster-http-\w+\/config/s)
  })

  it('that is missing is refused', async () => {
    await expect(readKubeconfig('/nowhere/config')).rejects.toThrow(
      'unable to read kubeconfig_file: ENOENT: no such file or directory',
    )
  })

  it('tells a program of the cluster where it asks for that', async () => {
    const cluster = [
      `certificate-authority-data: ${base64}`,
      'proxy-url: http://127.0.0.1:3128',
      'extensions: [{name: client.authentication.k8s.io/exec, extension: {audience: a}}, {name: x}]',
    ]
    const told = await read(kubeconfig(cluster, exec(', provideClusterInfo: true')))
    const untold = await read(kubeconfig(cluster, exec('')))
    const info = {
      kind: 'ExecCredential',
      apiVersion: 'client.authentication.k8s.io/v1beta1',
      spec: { interactive: false },
    }
    expect(untold.reached.exec).toEqual({
      apiVersion: 'client.authentication.k8s.io/v1beta1',
      command: path.join(untold.at, 'bin/login'),
      args: ['-v'],
      env: { A: 'b', KUBERNETES_EXEC_INFO: JSON.stringify(info) },
      installHint: '',
    })
    expect(JSON.parse(told.reached.exec?.env['KUBERNETES_EXEC_INFO'] ?? '')).toEqual({
      ...info,
      spec: {
        interactive: false,
        cluster: {
          server: 'https://127.0.0.1:6443',
          'certificate-authority-data': base64,
          'proxy-url': 'http://127.0.0.1:3128',
          config: { audience: 'a' },
        },
      },
    })
  })
})
