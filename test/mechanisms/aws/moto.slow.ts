import path from 'node:path'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import type { Labels } from '../../../src/labels/index.js'
import { aws, ecs, rds } from '../../../src/mechanisms/aws/index.js'
import type { MechanismFactory } from '../../../src/mechanisms/kit/index.js'
import { LiveMechanism } from '../../helpers/live-mechanism.js'
import { describeWithPeers } from '../../helpers/peers.js'
import { RealMoto } from '../../helpers/real-moto.js'
import { until } from '../../helpers/until.js'

type Values = Readonly<Record<string, unknown>>

/** What boto3, another client, has read of the same AWS. */
interface Read {
  readonly tasks: readonly Values[]
  readonly machine: Values
  readonly cluster: Values
  readonly instances: readonly Values[]
}

/**
 * The fields that boto3 has read, as labels would be named if all were named by one rule:
 * `Endpoint.Port` is `endpoint_port`. Lists are left out, and what is another time at each look.
 */
function fieldsOf(values: Values, prefix = ''): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  for (const [key, value] of Object.entries(values)) {
    const name = prefix + key.replaceAll(/([a-z\d])([A-Z])/g, '$1_$2').toLowerCase()
    if (key === 'LatestRestorableTime') continue
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const [inner, one] of fieldsOf(value as Values, `${name}_`)) fields.set(inner, one)
    } else if (['string', 'number', 'boolean'].includes(typeof value)) {
      fields.set(name, String(value))
    }
  }
  return fields
}

/** The labels of a target that begin like this and that are named as a field is, and those fields. */
function compared(target: Labels, prefix: string, values: Values): readonly [Values, Values] {
  const fields = fieldsOf(values)
  const ours: Record<string, string> = {}
  const theirs: Record<string, string | undefined> = {}
  for (const [label, value] of Object.entries(target)) {
    const name = label.slice(prefix.length)
    if (!label.startsWith(prefix) || !fields.has(name)) continue
    ours[name] = value
    theirs[name] = fields.get(name)
  }
  return [ours, theirs]
}

function by(targets: readonly Labels[], label: string, value: unknown): Labels {
  const found = targets.filter((target) => target[label] === value)
  expect(found, `${label}=${String(value)}`).toHaveLength(1)
  return found[0] ?? {}
}

describeWithPeers('AWS as moto plays it, beside boto3', ['moto'], () => {
  let moto: RealMoto
  let read: Read

  beforeAll(async () => {
    moto = await RealMoto.start()
    read = (await moto.run(path.join(import.meta.dirname, 'moto.py'))) as Read
  })
  afterAll(() => moto.stop())

  async function found(
    make: MechanismFactory,
    count: number,
    keys: Values = {},
  ): Promise<readonly Labels[]> {
    const account = { region: 'eu-west-1', access_key: 'AK', secret_key: 'SK' }
    const env = { AWS_ENDPOINT_URL_EC2: moto.url }
    const live = new LiveMechanism(make, { ...account, endpoint: moto.url, ...keys }, env)
    onTestFinished(() => live.stop())
    await until('all targets', () => live.targets.length >= count)
    expect(live.targets).toHaveLength(count)
    return live.targets
  }

  it.each<[string, MechanismFactory, Values]>([
    ['ecs_sd_configs', ecs, {}],
    ['ecs_sd_configs with a cluster', ecs, { clusters: ['web'] }],
    ['aws_sd_configs', aws, { role: 'ecs' }],
  ])('%s finds the tasks', async (_, make, keys) => {
    const targets = await found(make, 3, keys)
    for (const task of read.tasks) {
      const target = by(targets, '__meta_ecs_task_arn', task['taskArn'])
      const isShared = task['launchType'] === 'EC2'
      const details = (task['attachments'] as readonly Values[]).flatMap(
        (one) => one['details'] as readonly Values[],
      )
      const detail = (name: string): unknown =>
        details.find((one) => one['name'] === name)?.['value']
      const { machine } = read
      const ip = isShared ? machine['PrivateIpAddress'] : detail('privateIPv4Address')
      expect(target).toMatchObject({
        __address__: `${String(ip)}:80`,
        __meta_ecs_ip_address: ip,
        __meta_ecs_region: 'eu-west-1',
        __meta_ecs_cluster: 'web',
        __meta_ecs_cluster_arn: task['clusterArn'],
        __meta_ecs_desired_status: task['desiredStatus'],
        __meta_ecs_launch_type: task['launchType'],
        __meta_ecs_network_mode: isShared ? 'bridge' : 'awsvpc',
        __meta_ecs_subnet_id: isShared ? machine['SubnetId'] : detail('subnetId'),
        __meta_ecs_tag_cluster_team: 'a & b',
        __meta_ecs_task_definition: task['taskDefinitionArn'],
        __meta_ecs_task_group: task['group'],
      })
      if (!isShared) expect(target).toHaveProperty('__meta_ecs_tag_task_kind', 'task')
      else {
        expect(target).toMatchObject({
          __meta_ecs_container_instance_arn: task['containerInstanceArn'],
          __meta_ecs_ec2_instance_id: machine['InstanceId'],
          __meta_ecs_ec2_instance_type: machine['InstanceType'],
          __meta_ecs_ec2_instance_private_ip: machine['PrivateIpAddress'],
          __meta_ecs_tag_ec2_Name: 'host',
        })
      }
    }
  })

  it.each<[string, MechanismFactory, Values]>([
    ['rds_sd_configs', rds, {}],
    ['rds_sd_configs with a cluster', rds, { clusters: ['shop'] }],
    ['aws_sd_configs', aws, { role: 'rds' }],
  ])('%s finds the instances of the cluster', async (_, make, keys) => {
    const targets = await found(make, 2, keys)
    const members = read.instances.filter((one) => one['DBClusterIdentifier'] === 'shop')
    expect(members).toHaveLength(2)
    for (const member of members) {
      const id = member['DBInstanceIdentifier']
      const target = by(targets, '__meta_rds_instance_identifier', id)
      const { Address } = member['Endpoint'] as Values
      expect(target['__address__']).toBe(`${String(Address)}:80`)
      const [ofInstance, given] = compared(target, '__meta_rds_instance_', member)
      expect(ofInstance).toEqual(given)
      expect(Object.keys(ofInstance).length).toBeGreaterThan(20)
      const [ofCluster, known] = compared(target, '__meta_rds_cluster_', read.cluster)
      expect(ofCluster).toEqual(known)
      expect(Object.keys(ofCluster).length).toBeGreaterThan(15)
      expect(target).toMatchObject({
        __meta_rds_cluster_arn: read.cluster['DBClusterArn'],
        __meta_rds_cluster_tag_team: 'a & b',
      })
    }
  })
})
