import type { MechanismCases } from '../suite/cases.js'
import { families, runs } from './stage.js'

export default {
  section: {
    least: { role: 'pod' },
    withHttp: { api_server: 'http://127.0.0.1:1' },
    prints: { role: 'pod', kubeconfig_file: '', follow_redirects: true, enable_http2: true },
    most: [
      {
        api_server: 'http://u:geheim@k',
        role: 'endpoints',
        namespaces: { own_namespace: false, names: ['a'] },
        selectors: [{ role: 'pod', label: 'a=b', field: 'metadata.name=x' }],
        attach_metadata: {
          node: true,
          namespace: true,
          deployment: true,
          job: true,
          cronjob: true,
        },
      },
      { role: 'node', kubeconfig_file: '/k' },
    ],
    refused: [
      [
        { namespaces: {} },
        '1:1: role missing (one of: pod, service, endpoints, endpointslice, node, ingress)',
      ],
      [{ role: 'vacation' }, '1:7: role: unknown Kubernetes SD role "vacation"'],
      [
        { role: 'pod', namespaces: { foo: [] } },
        '2:14: namespaces.foo: field foo not found in type kubernetes.plain',
      ],
      [
        { role: 'pod', basic_auth: { username: 'x' } },
        "1:1: to use custom HTTP client configuration please provide the 'api_server' URL explicitly",
      ],
      [
        { role: 'pod', kubeconfig_file: '/x', namespaces: { own_namespace: true } },
        "2:1: kubeconfig_file: cannot use 'kubeconfig_file' and 'namespaces.own_namespace' simultaneously",
      ],
      [
        { role: 'pod', api_server: 'http://x', namespaces: { own_namespace: true } },
        "2:1: api_server: cannot use 'api_server' and 'namespaces.own_namespace' simultaneously",
      ],
      [
        { role: 'pod', kubeconfig_file: '/x', api_server: 'http://x' },
        "2:1: kubeconfig_file: cannot use 'kubeconfig_file' and 'api_server' simultaneously",
      ],
      [
        { role: 'pod', kubeconfig_file: '/x', basic_auth: { username: 'x' } },
        "2:1: kubeconfig_file: cannot use a custom HTTP client configuration together with 'kubeconfig_file'",
      ],
      [
        { role: 'pod', api_server: 'http://x', bearer_token: 'a', basic_auth: { username: 'x' } },
        '3:1: bearer_token: at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured',
      ],
      [
        {
          role: 'pod',
          api_server: 'http://x',
          authorization: { credentials: 'a' },
          basic_auth: { username: 'x' },
        },
        '3:1: authorization: at most one of basic_auth, oauth2 & authorization must be configured',
      ],
      [
        { role: 'endpoints', selectors: [{ role: 'node', label: 'a=b' }] },
        '2:13: selectors[0]: endpoints role supports only pod, service, endpoints selectors',
      ],
      [
        { role: 'ingress', selectors: [{ role: 'pod', label: 'a=b' }] },
        '2:13: selectors[0]: ingress role supports only ingress selectors',
      ],
      [
        { role: 'node', selectors: [{ role: 'pod', label: 'a=b' }] },
        '2:13: selectors[0]: node role supports only node selectors',
      ],
      [
        { role: 'pod', selectors: [{ role: 'service', label: 'a=b' }] },
        '2:13: selectors[0]: pod role supports only pod, node selectors',
      ],
      [
        { role: 'service', selectors: [{ role: 'pod', label: 'a=b' }] },
        '2:13: selectors[0]: service role supports only service selectors',
      ],
      [
        { role: 'pod', selectors: [{ role: 'pod' }, { role: 'pod' }] },
        '2:28: selectors[1]: duplicated selector role: pod',
      ],
      [
        { role: 'pod', selectors: [{ role: 'pod', field: 'metadata.status-Running' }] },
        "2:13: selectors[0]: invalid selector: 'metadata.status-Running'; can't understand 'metadata.status-Running'",
      ],
      [
        { role: 'pod', selectors: [{ role: 'pod', label: 'a b' }] },
        '2:13: selectors[0]: unable to parse requirement: invalid label selector "a b"',
      ],
      ...['a_b.c/d=e', `${'a'.repeat(64)}=b`, 'a<b', 'A.b/c'].map(
        (label): [Record<string, unknown>, string] => [
          { role: 'pod', selectors: [{ role: 'pod', label }] },
          `2:13: selectors[0]: unable to parse requirement: invalid label selector "${label}"`,
        ],
      ),
    ],
    saysOtherwise: {
      // Selectors of nodes are new in 3.11.
      'pod role supports only pod, node selectors': 'pod role supports only pod selectors',
      'unable to parse requirement: invalid label selector "a b"':
        "unable to parse requirement: found 'b', expected: in, notin,",
      'unable to parse requirement: invalid label selector "a_b.c/d=e"':
        'Invalid value: "a_b.c/d": prefix part a lowercase RFC 1123 subdomain must consist of',
      'unable to parse requirement: invalid label selector "A.b/c"':
        'Invalid value: "A.b/c": prefix part a lowercase RFC 1123 subdomain must consist of',
      [`unable to parse requirement: invalid label selector "${'a'.repeat(64)}=b"`]: `Invalid value: "${'a'.repeat(64)}": name part must be no more than 63 `,
      'unable to parse requirement: invalid label selector "a<b"': `Invalid value: "b": for 'Gt', 'Lt' operators, the value must be an integer`,
    },
  },
  runs,
  families,
} satisfies MechanismCases
