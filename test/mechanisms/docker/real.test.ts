import { afterAll, beforeAll, it } from 'vitest'
import { docker } from '../../../src/mechanisms/docker/index.js'
import { describeWithPeers } from '../../helpers/peers.js'
import { RealDocker } from '../../helpers/real-docker.js'
import { BesidePrometheus } from '../suite/beside-prometheus.js'

/** A step of the suite; each has to wait for Prometheus, which looks every five seconds. */
function change(title: string, work: () => Promise<unknown>): void {
  it(title, work, 60_000)
}

describeWithPeers('docker_sd_configs on a real engine', ['docker', 'prometheus'], () => {
  let engine: RealDocker
  let both: BesidePrometheus | undefined
  // The release that is asked has no labels of images.
  const differences = {
    __meta_docker_container_image: 'ours',
    __meta_docker_container_image_id: 'ours',
  } as const
  /** @param names those of the containers that are found; of them, `named` by the filter */
  const agree = async (names: string, named: string): Promise<void> =>
    both?.agree(() => namesOf('first') === names && namesOf('named') === named, differences)

  function namesOf(job: string): string {
    const names = both?.of(job).targets.map((labels) => labels['__meta_docker_container_name'])
    return [...new Set(names)].sort().join(' ').replaceAll('/', '')
  }

  /** @param names the networks of `db` in job `all` */
  const agreeOn = async (names: readonly string[]): Promise<void> =>
    both?.agree(() => networksOfDb() === names.join(), differences)

  function networksOfDb(): string {
    const targets = both?.of('all').targets ?? []
    return targets
      .filter((labels) => labels['__meta_docker_container_name'] === '/db')
      .map((labels) => labels['__meta_docker_network_name'])
      .join()
  }

  beforeAll(async () => {
    engine = await RealDocker.start()
    await engine.run('network', 'create', '--label=com.example/tier=front', 'front')
    await engine.run('network', 'create', '--ipv6', '--subnet=2001:db8:5::/64', 'six')
    await engine.start(
      'web',
      '--network=front',
      '--label=role=web',
      '--label=com.example/Ü=é "x"',
      '--expose=9100',
      '--expose=53/udp',
      '--publish=127.0.0.1:18080:8080',
    )
    await engine.run('network', 'connect', 'six', 'web')
    await engine.start('beside', '--network=container:web')
    await engine.start('beside-2', '--network=container:beside')
    await engine.start('host', '--network=host')
    await engine.start('none', '--network=none')
    const host = `unix://${engine.socket}`
    both = await BesidePrometheus.start(docker, 'docker_sd_configs', {
      first: { host },
      all: { host, match_first_network: false, port: 81 },
      named: { host, filters: [{ name: 'name', values: ['^/web$', '^/db$'] }] },
    })
  }, 60_000)

  afterAll(async () => {
    await both?.stop()
    await engine.stop()
  }, 60_000)

  change('has the same labels as Prometheus', () => agree('beside beside-2 host none web', 'web'))

  change('sees containers that start', async () => {
    await engine.start('db', '--label=role=db', '--network=front')
    await agree('beside beside-2 db host none web', 'db web')
    await engine.start('plain')
    await agree('beside beside-2 db host none plain web', 'db web')
  })

  change('sees networks that a container joins and leaves, also one that is new', async () => {
    await engine.run('network', 'connect', 'six', 'db')
    await agreeOn(['front', 'six'])
    await engine.run('network', 'create', '--internal', 'later')
    await engine.run('network', 'connect', 'later', 'db')
    await agreeOn(['front', 'later', 'six'])
    await engine.run('network', 'disconnect', 'front', 'db')
    await agreeOn(['later', 'six'])
  })

  change('sees a container renamed', async () => {
    await engine.run('rename', 'plain', 'renamed')
    await agree('beside beside-2 db host none renamed web', 'db web')
  })

  change('sees containers stop and start, with those that use their network', async () => {
    await engine.run('stop', '--time=0', 'web')
    await agree('db host none renamed', 'db')
    await engine.run('start', 'web')
    await agree('beside beside-2 db host none renamed web', 'db web')
  })

  change('sees containers go', async () => {
    await engine.run('rm', '-f', 'db', 'renamed')
    await agree('beside beside-2 host none web', 'web')
  })

  change('goes on when the engine has been restarted', async () => {
    await engine.halt()
    await engine.restart()
    await engine.run('start', 'web')
    await agree('web', 'web')
  })
})
