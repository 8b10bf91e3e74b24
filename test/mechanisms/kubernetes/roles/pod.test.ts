import { describe, expect, it } from 'vitest'
import type { Labels } from '../../../../src/labels/index.js'
import type { Pod } from '../../../../src/mechanisms/kubernetes/objects.js'
import { podGroup } from '../../../../src/mechanisms/kubernetes/roles/pod.js'
import { container, controller, meta, node, pod, port } from '../objects.js'
import { type Known, lookups, targets, short, starting } from './harness.js'

describe('role pod', () => {
  it('has a target for each port of each container, those of init containers last', () => {
    const group = podGroup(
      pod({
        containers: [
          container('main', {
            ports: [port(8080, { name: 'http' }), port(53, { protocol: 'UDP' })],
          }),
          container('side', { id: '' }),
          container('setup', { isInit: true, ports: [port(9, { name: 'x' })] }),
        ],
      }),
      lookups(),
    )
    expect(group.source).toBe('pod/shop/web')
    expect(targets(group)).toEqual([
      {
        __address__: '127.1.0.1:8080',
        pod_container_name: 'main',
        pod_container_id: 'containerd://main',
        pod_container_image: 'main:1',
        pod_container_init: 'false',
        pod_container_port_name: 'http',
        pod_container_port_number: '8080',
        pod_container_port_protocol: 'TCP',
      },
      {
        __address__: '127.1.0.1:53',
        pod_container_name: 'main',
        pod_container_id: 'containerd://main',
        pod_container_image: 'main:1',
        pod_container_init: 'false',
        pod_container_port_number: '53',
        pod_container_port_protocol: 'UDP',
      },
      {
        __address__: '127.1.0.1',
        pod_container_name: 'side',
        pod_container_image: 'side:1',
        pod_container_init: 'false',
      },
      {
        __address__: '127.1.0.1:9',
        pod_container_name: 'setup',
        pod_container_id: 'containerd://setup',
        pod_container_image: 'setup:1',
        pod_container_init: 'true',
        pod_container_port_name: 'x',
        pod_container_port_number: '9',
        pod_container_port_protocol: 'TCP',
      },
    ])
  })

  it('an IPv6 address has brackets only where a port follows', () => {
    const containers = [container('a', { ports: [port(1)] }), container('b')]
    const group = podGroup(pod({ ip: 'fd00::1', containers }), lookups())
    expect(group.targets.map(({ __address__: one }) => one)).toEqual(['[fd00::1]:1', 'fd00::1'])
  })

  const states: readonly (readonly [title: string, pod: Partial<Pod>, labels: Labels])[] = [
    [
      'its group says what the status of the pod says',
      {},
      {
        pod_ip: '127.1.0.1',
        pod_ready: 'true',
        pod_phase: 'Running',
        pod_node_name: 'n1',
        pod_host_ip: '127.9.0.1',
        pod_uid: 'uid-1',
        pod_name: 'web',
      },
    ],
    [
      'without the condition it is not known whether it is ready',
      { ready: '', phase: 'Pending', nodeName: '', hostIp: '' },
      {
        pod_ip: '127.1.0.1',
        pod_ready: 'unknown',
        pod_phase: 'Pending',
        pod_uid: 'uid-1',
        pod_name: 'web',
      },
    ],
  ]
  for (const [title, more, labels] of states) {
    it(title, () => {
      const group = podGroup(pod(more), lookups())
      expect(starting(group, 'pod_')).toEqual(labels)
      expect(starting(group, 'namespace')).toEqual({ namespace: 'shop' })
    })
  }

  it('a pod without an address has no targets', () => {
    expect(podGroup(pod({ ip: '' }), lookups())).toEqual({
      source: 'pod/shop/web',
      labels: {},
      targets: [],
    })
  })

  const owners: readonly (readonly [
    title: string,
    pod: Partial<Pod>,
    known: Known,
    labels: Labels,
  ])[] = [
    [
      'an owner that does not manage it is not named',
      { owners: [{ kind: 'ReplicaSet', name: 'rs', isController: false }] },
      {},
      {},
    ],
    [
      'the owner that manages it is named',
      { owners: [{ kind: 'X', name: 'x', isController: false }, controller('Node', 'n1')] },
      {},
      { pod_controller_kind: 'Node', pod_controller_name: 'n1' },
    ],
    [
      'the deployment above its replica set is named where that is attached',
      { owners: [controller('ReplicaSet', 'rs')] },
      { replicaSets: [meta({ name: 'rs', owners: [controller('Deployment', 'd')] })] },
      {
        pod_controller_kind: 'ReplicaSet',
        pod_controller_name: 'rs',
        pod_deployment_name: 'd',
      },
    ],
    [
      'a replica set that is managed by something else is no deployment',
      { owners: [controller('ReplicaSet', 'rs')] },
      { replicaSets: [meta({ name: 'rs', owners: [controller('Rollout', 'r')] })] },
      { pod_controller_kind: 'ReplicaSet', pod_controller_name: 'rs' },
    ],
    [
      'a replica set of the same name in another namespace does not count',
      { owners: [controller('ReplicaSet', 'rs')] },
      {
        replicaSets: [
          meta({ namespace: 'other', name: 'rs', owners: [controller('Deployment', 'd')] }),
        ],
      },
      { pod_controller_kind: 'ReplicaSet', pod_controller_name: 'rs' },
    ],
    [
      'its job is named where that is attached, whether it is known or not',
      { owners: [controller('Job', 'j')] },
      { withJobName: true },
      { pod_controller_kind: 'Job', pod_controller_name: 'j', pod_job_name: 'j' },
    ],
    [
      'the cron job above its job is named where that is attached',
      { owners: [controller('Job', 'j')] },
      { jobs: [meta({ name: 'j', owners: [controller('CronJob', 'c')] })] },
      { pod_controller_kind: 'Job', pod_controller_name: 'j', pod_cronjob_name: 'c' },
    ],
    [
      'a job that was made by hand has no cron job',
      { owners: [controller('Job', 'j')] },
      { jobs: [meta({ name: 'j' })], withJobName: true },
      { pod_controller_kind: 'Job', pod_controller_name: 'j', pod_job_name: 'j' },
    ],
  ]
  for (const [title, more, known, labels] of owners) {
    it(title, () => {
      const found = Object.entries(starting(podGroup(pod(more), lookups(known)), 'pod_'))
      const named = found.filter(([name]) => /controller|deployment|job/.test(name))
      expect(Object.fromEntries(named)).toEqual(labels)
    })
  }

  it('has the labels of its node and its namespace where they are attached', () => {
    const known = {
      nodes: [node({ labels: ['zone', 'a'], annotations: ['x/y', 'z'] })],
      namespaces: [meta({ namespace: '', name: 'shop', labels: ['team', 'blue'] })],
    }
    const { labels } = podGroup(pod(), lookups(known))
    expect(short(labels)).toMatchObject({
      node_name: 'n1',
      node_label_zone: 'a',
      node_labelpresent_zone: 'true',
      node_annotation_x_y: 'z',
      node_annotationpresent_x_y: 'true',
      namespace: 'shop',
      namespace_label_team: 'blue',
      namespace_labelpresent_team: 'true',
    })
    expect(labels).not.toHaveProperty('__meta_kubernetes_node_provider_id')
    expect(labels).not.toHaveProperty('__meta_kubernetes_namespace_name')
  })

  it('has no targets when its node is not there, such as one that a selector leaves out', () => {
    for (const nodeName of ['n2', '']) {
      expect(podGroup(pod({ nodeName }), lookups({ nodes: [node()] })).targets).toEqual([])
    }
  })

  it('does without the labels of a namespace that is not known', () => {
    const { labels, targets: found } = podGroup(pod(), lookups({ namespaces: [] }))
    expect(found).toHaveLength(1)
    expect(Object.keys(labels).filter((name) => name.includes('namespace_'))).toEqual([])
  })
})
