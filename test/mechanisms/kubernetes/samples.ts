import type { KubernetesObject } from '../../../bench/kubernetes-server.js'

/** Objects of each kind with everything that muster keeps, and much that it does not, as they are in JSON. */

const meta = (name: string, namespace?: string): KubernetesObject['metadata'] => ({
  name,
  ...(namespace === undefined ? {} : { namespace }),
  uid: `uid-of-${name}`,
  resourceVersion: '41',
  generation: 3,
  labels: { app: 'web', '10': 'ten', '9': 'nine', 'app.kubernetes.io/name': 'ünïcode' },
  annotations: { note: 'first\nsecond', 'checksum/config': 'a'.repeat(200), empty: '' },
  ownerReferences: [
    { apiVersion: 'v1', kind: 'Node', name: 'node-1', uid: 'u' },
    { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-1', uid: 'v', controller: true },
  ],
  finalizers: ['a', 'b'],
  managedFields: [{ manager: 'kubectl', operation: 'Update', apiVersion: 'v1' }],
})

export const samples: Readonly<Record<string, readonly KubernetesObject[]>> = {
  '/api/v1/pods': [
    { metadata: { name: 'bare', namespace: 'default', uid: '1', resourceVersion: '1' } },
    {
      metadata: meta('full', 'web'),
      spec: {
        nodeName: 'node-1',
        hostNetwork: true,
        volumes: [{ name: 'tmp' }],
        containers: [
          {
            name: 'app',
            image: 'registry.example/app:1',
            args: ['--x'],
            env: [{ name: 'A', value: 'b' }],
            ports: [
              { name: 'http', containerPort: 8080, protocol: 'TCP' },
              { containerPort: 65535, protocol: 'UDP', hostPort: 1 },
            ],
          },
          { name: 'side', image: 'proxy' },
        ],
        initContainers: [{ name: 'init', image: 'busybox' }],
      },
      status: {
        phase: 'Running',
        podIP: '127.1.0.1',
        hostIP: '127.9.0.1',
        podIPs: [{ ip: '127.1.0.1' }],
        conditions: [
          { type: 'Initialized', status: 'True' },
          { type: 'Ready', status: 'False', reason: 'ContainersNotReady' },
        ],
        containerStatuses: [
          {
            name: 'side',
            ready: true,
            restartCount: -1,
            image: 'x',
            containerID: 'containerd://2',
          },
          { name: 'app', ready: true, restartCount: 0, image: 'x', containerID: 'containerd://1' },
        ],
        initContainerStatuses: [{ name: 'init', image: 'y', containerID: 'containerd://3' }],
      },
    },
  ],
  '/api/v1/nodes': [
    {
      metadata: meta('node-1'),
      spec: { providerID: 'fake://1', podCIDR: '10.0.0.0/24' },
      status: {
        addresses: [
          { type: 'InternalIP', address: '127.9.0.1' },
          { type: 'Hostname', address: 'node-1' },
        ],
        conditions: [{ type: 'Ready', status: 'True', message: 'fine' }],
        daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      },
    },
  ],
  '/api/v1/services': [
    {
      metadata: meta('web', 'web'),
      spec: {
        type: 'LoadBalancer',
        clusterIP: '127.2.0.1',
        clusterIPs: ['127.2.0.1'],
        loadBalancerIP: '127.3.0.1',
        externalName: 'web.example.com',
        selector: { app: 'web' },
        ports: [{ name: 'http', protocol: 'TCP', port: 80, nodePort: 30080, appProtocol: 'http' }],
        ipFamilies: ['IPv4', 'IPv6'],
        ipFamilyPolicy: 'PreferDualStack',
      },
      status: { loadBalancer: { ingress: [{ ip: '127.3.0.1' }, { hostname: 'lb.example.com' }] } },
    },
  ],
  '/api/v1/endpoints': [
    {
      metadata: meta('web', 'web'),
      subsets: [
        {
          addresses: [
            {
              ip: '127.1.0.1',
              nodeName: 'node-1',
              hostname: 'web-0',
              targetRef: { kind: 'Pod', namespace: 'web', name: 'full', uid: 'x' },
            },
            { ip: '127.1.0.2' },
          ],
          notReadyAddresses: [{ ip: '127.1.0.3' }],
          ports: [
            { name: 'http', port: 8080, protocol: 'TCP', appProtocol: 'http' },
            { port: 1, protocol: 'UDP' },
          ],
        },
        {},
      ],
    },
  ],
  '/apis/discovery.k8s.io/v1/endpointslices': [
    {
      metadata: meta('web-abc', 'web'),
      addressType: 'IPv4',
      endpoints: [
        {
          addresses: ['127.1.0.1', '127.1.0.2'],
          conditions: { ready: true, serving: false, terminating: true },
          hostname: 'web-0',
          nodeName: 'node-1',
          zone: 'z1',
          targetRef: { kind: 'Pod', namespace: 'web', name: 'full' },
          deprecatedTopology: { 'topology.kubernetes.io/region': 'r1', a: 'b' },
          hints: { forZones: [{ name: 'z1' }] },
        },
        { addresses: [] },
      ],
      ports: [{ name: 'http', port: 8080, protocol: 'TCP', appProtocol: 'http' }, { name: '' }],
    },
  ],
  '/apis/networking.k8s.io/v1/ingresses': [
    {
      metadata: meta('web', 'web'),
      spec: {
        ingressClassName: 'nginx',
        tls: [{ hosts: ['*.example.com', 'b.example.com'], secretName: 's' }, {}],
        rules: [
          { host: 'a.example.com', http: { paths: [{ path: '/x', pathType: 'Prefix' }, {}] } },
          { host: 'b.example.com' },
          {},
        ],
      },
    },
    { metadata: meta('default', 'web'), spec: {} },
  ],
  '/api/v1/namespaces': [{ metadata: meta('web'), spec: { finalizers: ['kubernetes'] } }],
  '/apis/apps/v1/replicasets': [{ metadata: meta('web-1', 'web'), spec: { replicas: 3 } }],
  '/apis/batch/v1/jobs': [{ metadata: meta('job-1', 'web') }],
}
