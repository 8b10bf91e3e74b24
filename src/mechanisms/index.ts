import { MechanismRegistry } from '../discovery/index.js'
import { aws, ec2, ecs, elasticache, lightsail, msk, rds } from './aws/index.js'
import { azure } from './azure/index.js'
import { consulMechanism } from './consul/index.js'
import { digitalocean } from './digitalocean/index.js'
import { dnsMechanism } from './dns/index.js'
import { docker } from './docker/index.js'
import { dockerswarm } from './dockerswarm/index.js'
import { eureka } from './eureka/index.js'
import { fileMechanism } from './file/index.js'
import { gce } from './gce/index.js'
import { hetzner } from './hetzner.js'
import { http } from './http.js'
import { ionos } from './ionos/index.js'
import type { MechanismFactory, MechanismOptions } from './kit/mechanism.js'
import { kubernetes } from './kubernetes/index.js'
import { kuma } from './kuma/index.js'
import { linode } from './linode/index.js'
import { marathon } from './marathon/index.js'
import { nomad } from './nomad/index.js'
import { oci } from './oci/index.js'
import { openstack } from './openstack/index.js'
import { outscale } from './outscale/index.js'
import { ovhcloud } from './ovhcloud/index.js'
import { puppetdb } from './puppetdb/index.js'
import { scaleway } from './scaleway/index.js'
import { stackit } from './stackit/index.js'
import { staticMechanism } from './static.js'
import { triton } from './triton/index.js'
import { uyuni } from './uyuni/index.js'
import { vultr } from './vultr.js'
import { nerve, serverset } from './zookeeper/index.js'

export type { MechanismFactory, MechanismOptions } from './kit/mechanism.js'

/** The mechanisms of muster: the daemon, the tests and the docs take their names and numbers from here. */
const mechanisms: readonly MechanismFactory[] = [
  aws,
  azure,
  consulMechanism,
  digitalocean,
  dnsMechanism,
  docker,
  dockerswarm,
  ec2,
  ecs,
  elasticache,
  eureka,
  fileMechanism,
  gce,
  hetzner,
  http,
  ionos,
  kubernetes,
  kuma,
  lightsail,
  linode,
  marathon,
  msk,
  nerve,
  nomad,
  oci,
  openstack,
  outscale,
  ovhcloud,
  puppetdb,
  rds,
  scaleway,
  serverset,
  stackit,
  staticMechanism,
  triton,
  uyuni,
  vultr,
]

/** Every mechanism that a prometheus.yml may name. */
export function builtInMechanisms(options: MechanismOptions): MechanismRegistry {
  return new MechanismRegistry(mechanisms.map((make) => make(options)))
}
