import type { OracleCase } from '../suite/cases.js'

/** How a user's config names what a mechanism's cases play. */
export interface BedJob {
  /** Which of its ways of finding targets; default the first. */
  readonly run?: number
  /** Where its API or server is, if it has no host of its own: an origin, or a host with a port. */
  readonly at?: string
  /** The keys that lead the suite there, and that a user's config does without. */
  readonly without?: readonly string[]
  /** What it is compared with here, where a test without the bed cannot. */
  readonly oracle?: OracleCase | string
  /** The labels that differ in vmagent, where it has the mechanism and makes the same requests. */
  readonly vmagent?: NonNullable<OracleCase['differences']>
}

/** Keys and a region that come from the machine that it runs on. */
const onMachine = ['endpoint', 'region', 'access_key', 'secret_key']

/**
 * By mechanism: its job in the config of the test bed. One more mechanism is one more line.
 */
export const bedJobs: Readonly<Record<string, BedJob>> = {
  aws: { at: 'https://ec2.eu-west-1.amazonaws.com', without: onMachine },
  azure: {},
  consul: {
    at: 'consul.test:8500',
    // It calls the data centre what the agent does not, and has a label for each tag.
    vmagent: {
      __meta_consul_dc: 'ours',
      __meta_consul_tagpresent_a: 'theirs',
      __meta_consul_tagpresent_b: 'theirs',
    },
  },
  digitalocean: { vmagent: {} },
  dns: {
    oracle: {},
    // Without the dot at the end.
    vmagent: { __meta_dns_srv_record_target: 'value' },
  },
  docker: { at: 'http://docker.test:2375' },
  dockerswarm: { at: 'http://swarm.test:2375' },
  ec2: { at: 'https://ec2.eu-west-1.amazonaws.com', without: onMachine },
  ecs: {},
  elasticache: { at: 'https://elasticache.eu-west-1.amazonaws.com', without: ['endpoint'] },
  eureka: { at: 'http://eureka.test:8761' },
  file: {},
  gce: {},
  hetzner: {},
  http: {},
  ionos: {},
  kubernetes: {
    at: 'kubernetes.test:8080',
    // Conditions of nodes are newer than both.
    oracle: { differences: { __meta_kubernetes_node_condition_ready: 'ours' } },
    vmagent: { __meta_kubernetes_node_condition_ready: 'ours' },
  },
  kuma: {
    at: 'http://kuma.test:5676',
    oracle: { release: 'vmagent', differences: { __meta_kuma_label_both: 'value' } },
  },
  lightsail: { at: 'https://lightsail.eu-west-1.amazonaws.com', without: ['endpoint'] },
  linode: {},
  marathon: { at: 'http://marathon.test:8080' },
  msk: { at: 'https://kafka.eu-west-1.amazonaws.com', without: ['endpoint'] },
  nerve: { at: 'nerve-zk.test:2181' },
  nomad: { at: 'nomad.test:4646' },
  oci: {},
  openstack: { at: 'http://keystone.test:5000' },
  outscale: {},
  ovhcloud: { at: 'https://eu.api.ovh.com/1.0', without: ['endpoint'] },
  puppetdb: {},
  rds: { at: 'https://rds.eu-west-1.amazonaws.com', without: ['endpoint'] },
  scaleway: { at: 'https://api.scaleway.com', without: ['api_url'] },
  serverset: { at: 'serverset-zk.test:2181' },
  stackit: {},
  static: { vmagent: {} },
  triton: { at: 'https://triton.test:9163', without: ['tls_config'] },
  uyuni: {},
  vultr: {},
}
