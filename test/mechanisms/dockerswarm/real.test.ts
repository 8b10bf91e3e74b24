import { afterAll, beforeAll, it } from 'vitest'
import { dockerswarm } from '../../../src/mechanisms/dockerswarm/index.js'
import type { Labels } from '../../../src/labels/index.js'
import { describeWithPeers } from '../../helpers/peers.js'
import { RealDocker } from '../../helpers/real-docker.js'
import { BesidePrometheus } from '../suite/beside-prometheus.js'

const prefix = '__meta_dockerswarm_'

/** A step of the suite; each has to wait for Prometheus, which looks every five seconds. */
function change(title: string, work: () => Promise<unknown>): void {
  it(title, work, 60_000)
}

describeWithPeers('dockerswarm_sd_configs on a real swarm', ['docker', 'prometheus'], () => {
  let engine: RealDocker
  let both: BesidePrometheus | undefined

  beforeAll(async () => {
    engine = await RealDocker.start({ swarm: true })
    await engine.run('network', 'create', '-d', 'overlay', '--label=com.example/zone=a', 'over')
    await engine.serve('agent', '--mode=global', '--publish=published=30079,target=80,mode=host')
    await engine.serve(
      'web',
      '--replicas=2',
      '--network=over',
      '--label=com.example/tëam=a "b"',
      '--container-label=c=d',
      '--hostname=web',
      '--publish=30080:80',
      '--publish=30053:53/udp',
    )
    const host = `unix://${engine.socket}`
    both = await BesidePrometheus.start(dockerswarm, 'dockerswarm_sd_configs', {
      nodes: { host, role: 'nodes' },
      services: { host, role: 'services', port: 81 },
      tasks: { host, role: 'tasks' },
      running: {
        host,
        role: 'tasks',
        filters: [{ name: 'desired-state', values: ['running'] }],
      },
    })
  }, 60_000)

  afterAll(async () => {
    await both?.stop()
    await engine.stop()
  }, 60_000)

  const targetsOf = (job: string): readonly Labels[] => both?.of(job).targets ?? []
  /** The values of a label, each once. */
  const valuesOf = (job: string, name: string): string =>
    [...new Set(targetsOf(job).map((labels) => labels[prefix + name]))].sort().join(' ')
  /** The number of tasks of a service that run. */
  const running = (service: string): number =>
    new Set(
      targetsOf('running')
        .filter((labels) => labels[`${prefix}service_name`] === service)
        .filter((labels) => labels[`${prefix}task_state`] === 'running')
        .map((labels) => labels[`${prefix}task_id`]),
    ).size

  change('has the same labels as Prometheus', async () => {
    await both?.agree(() => running('web') === 2 && running('agent') === 1)
  })

  change('sees a service that is new, and its tasks until they run', async () => {
    await engine.serve('later', '--network=over', '--replicas=1')
    await both?.agree(
      () => valuesOf('services', 'service_name') === 'later web' && running('later') === 1,
    )
  })

  change('sees a service scaled up and down', async () => {
    await engine.run('service', 'scale', '-d', 'later=3')
    await both?.agree(() => running('later') === 3)
    await engine.run('service', 'scale', '-d', 'later=1')
    await both?.agree(() => running('later') === 1)
  })

  change('sees a label of a service and one of a node', async () => {
    await engine.run('service', 'update', '-d', '--label-add=x=y', 'web')
    await both?.agree(() => valuesOf('services', 'service_label_x').trim() === 'y')
    const [id = ''] = (await engine.run('node', 'ls', '-q')).split('\n')
    await engine.run('node', 'update', '--label-add=rack=r1', id)
    await both?.agree(
      () =>
        valuesOf('nodes', 'node_label_rack') === 'r1' &&
        valuesOf('tasks', 'node_label_rack') === 'r1',
    )
  })

  change('sees a task whose container has died replaced', async () => {
    const before = valuesOf('running', 'task_container_id')
    const [id = ''] = (
      await engine.run('ps', '-q', '--filter=label=com.docker.swarm.service.name=later')
    ).split('\n')
    await engine.run('kill', id)
    await both?.agree(
      () => running('later') === 1 && valuesOf('running', 'task_container_id') !== before,
    )
  })

  change('sees a service go, with its tasks', async () => {
    await engine.run('service', 'rm', 'later')
    await both?.agree(
      () =>
        valuesOf('services', 'service_name') === 'web' &&
        running('web') === 2 &&
        targetsOf('tasks').every((labels) => labels[`${prefix}service_name`] !== 'later'),
    )
  })
})
