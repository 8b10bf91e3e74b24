import type { SchedulerLike } from 'rxjs'
import type { PollAnswer } from '../../discovery/index.js'
import { joinHostPort } from '../../go/host-port.js'
import type { Labels } from '../../labels/index.js'
import { RateLimit } from '../../waiting/rate-limit.js'
import { RequestPool } from '../../waiting/request-pool.js'
import { sleep } from '../../waiting/sleep.js'
import type { Api } from '../kit/api.js'
import { AnswerError } from '../kit/errors.js'
import { labelsFrom, type LabelValue } from '../kit/labels.js'
import { MemoryBudget } from '../kit/memory.js'
import { collect } from '../kit/polled.js'
import * as json from '../kit/shape.js'
import { pagesOf } from '../kit/pages.js'
import type { AwsClient } from './client.js'
import { awsServices } from './endpoint.js'
import { type Host, hosts, publicAddresses } from './ecs-hosts.js'
import { type Part, partOf, Parts } from '../kit/parts.js'

/** What is asked of ECS. */
export interface EcsConfig {
  readonly port: number
  /** The names or ARNs of the clusters; empty for all of the region. */
  readonly clusters: readonly string[]
  /** How many clusters are asked at a time. */
  readonly concurrency: number
}

const optionalText = json.optional(json.text)
const tags = json.list(json.object({ key: optionalText, value: optionalText }))

const clusterShape = json.object({ clusterArn: optionalText, clusterName: optionalText, tags })
type Cluster = json.Read<typeof clusterShape>

const serviceShape = json.object({
  serviceArn: optionalText,
  serviceName: optionalText,
  status: optionalText,
  tags,
})
type Service = json.Read<typeof serviceShape>

const attachment = json.object({
  type: optionalText,
  details: json.list(json.object({ name: optionalText, value: optionalText })),
})

const taskShape = json.object({
  attachments: json.list(attachment),
  availabilityZone: optionalText,
  containerInstanceArn: optionalText,
  desiredStatus: optionalText,
  group: optionalText,
  healthStatus: json.text,
  lastStatus: optionalText,
  launchType: json.text,
  platformFamily: optionalText,
  platformVersion: optionalText,
  taskArn: optionalText,
  taskDefinitionArn: optionalText,
  tags,
})
type Task = json.Read<typeof taskShape>

const failure = json.object({ arn: json.text, reason: json.text })

const listedClusters = json.object({ clusterArns: json.list(json.text), nextToken: optionalText })
const listedTasks = json.object({ taskArns: json.list(json.text), nextToken: optionalText })
const describedClusters = json.object({
  clusters: json.list(clusterShape),
  failures: json.list(failure),
})
const describedServices = json.object({ services: json.list(serviceShape) })
const describedTasks = json.object({ tasks: json.list(taskShape) })
const describedInstances = json.object({
  containerInstances: json.list(
    json.object({ containerInstanceArn: optionalText, ec2InstanceId: optionalText }),
  ),
})

/**
 * The kinds of requests that ECS counts together: twenty a second of each, for as long as one likes.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html
 */
type Kind = 'cluster' | 'service' | 'resource'
const msOfOneRequest = 50

/** Sends requests no faster than ECS takes them. */
class Pace {
  readonly #scheduler: SchedulerLike
  readonly #limits: Readonly<Record<Kind, RateLimit>>

  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler
    const limit = (): RateLimit => new RateLimit(msOfOneRequest, scheduler)
    this.#limits = { cluster: limit(), service: limit(), resource: limit() }
  }

  /** Waits until one more request of this kind may be sent. */
  async wait(kind: Kind, signal: AbortSignal): Promise<void> {
    const ms = this.#limits[kind].reserve()
    if (ms > 0) await sleep(ms, this.#scheduler, signal)
  }
}

/** A task with an address, and all there is to know of where it runs. */
interface PlacedTask {
  readonly task: Task
  readonly cluster: Cluster
  readonly service: Service | undefined
  readonly region: string
  readonly mode: 'awsvpc' | 'bridge'
  readonly address: string
  readonly publicIp: string | undefined
  readonly subnet: string | undefined
  readonly instanceId: string | undefined
  readonly host: Host | undefined
}

const labels = labelsFrom<PlacedTask>('__meta_ecs_', {
  ip_address: (t) => t.address,
  region: (t) => t.region,
  launch_type: (t) => t.task.launchType,
  health_status: (t) => t.task.healthStatus,
  network_mode: (t) => t.mode,
  cluster: (t) => t.cluster.clusterName,
  cluster_arn: (t) => t.cluster.clusterArn,
  task_group: (t) => t.task.group,
  task_arn: (t) => t.task.taskArn,
  task_definition: (t) => t.task.taskDefinitionArn,
  availability_zone: (t) => t.task.availabilityZone,
  desired_status: (t) => t.task.desiredStatus,
  last_status: (t) => t.task.lastStatus,
  subnet_id: (t) => notEmpty(t.subnet),
  container_instance_arn: (t) => t.task.containerInstanceArn,
  ec2_instance_id: (t) => t.instanceId,
  ec2_instance_type: (t) => notEmpty(t.host?.type),
  ec2_instance_private_ip: (t) => t.host?.privateIp,
  ec2_instance_public_ip: (t) => notEmpty(t.host?.publicIp),
  public_ip: (t) => notEmpty(t.publicIp),
  platform_family: (t) => t.task.platformFamily,
  platform_version: (t) => t.task.platformVersion,
  service: (t) => t.service?.serviceName,
  service_arn: (t) => t.service?.serviceArn,
  service_status: (t) => t.service?.status,
  tag_cluster_: (t) => tagsOf(t.cluster.tags),
  tag_service_: (t) => tagsOf(t.service?.tags ?? []),
  tag_task_: (t) => tagsOf(t.task.tags),
  tag_ec2_: (t) => t.host?.tags,
})

function* tagsOf(
  all: readonly { readonly key: string | undefined; readonly value: string | undefined }[],
): Generator<readonly [string, LabelValue]> {
  for (const { key, value } of all) if (key !== undefined) yield [key, value]
}

function notEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}

/** Finds the tasks of clusters, a group for each cluster. @param scheduler the clock of its pace */
export function tasks(
  { port, clusters, concurrency }: EcsConfig,
  scheduler: SchedulerLike,
): (client: AwsClient, api: Api) => Promise<PollAnswer> {
  const pace = new Pace(scheduler)
  const parts = new Parts('tasks of cluster')
  return async (client, api) => {
    const ecs = new Ecs(client, pace)
    const region = await client.region()
    const names = clusters.length === 0 ? await ecs.clusterArns() : clusters
    const known = await ecs.describeClusters(names)
    const budget = new MemoryBudget(api.maxWeight)
    const pool = new RequestPool(Math.max(1, concurrency))
    const asked = names.map(async (name): Promise<readonly [string, Part]> => {
      const cluster = known(name)
      const find = async (): Promise<readonly Labels[]> => {
        if (cluster instanceof Error) throw cluster
        return collect(ecs.targets(cluster, port), api, budget)
      }
      return [name, await pool.run(() => partOf(find), api.signal)]
    })
    return parts.answer(region, new Map(await Promise.all(asked)))
  }
}

/** ECS, asked in one poll. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Operations.html */
class Ecs {
  readonly #client: AwsClient
  readonly #pace: Pace

  constructor(client: AwsClient, pace: Pace) {
    this.#client = client
    this.#pace = pace
  }

  async clusterArns(): Promise<readonly string[]> {
    const all: string[] = []
    const ask = (nextToken: string | undefined): Promise<json.Read<typeof listedClusters>> =>
      this.#ask('cluster', 'ListClusters', { maxResults: 100, nextToken }, listedClusters)
    for await (const { clusterArns } of pagesOf(ask, (page) => page.nextToken, 'ListClusters')) {
      all.push(...clusterArns)
    }
    return all
  }

  /** @returns the cluster of a name or an ARN, or why there is none */
  async describeClusters(
    names: readonly string[],
  ): Promise<(name: string) => Cluster | AnswerError> {
    const found = new Map<string, Cluster>()
    const reasons = new Map<string, string>()
    for (const clusters of batches(names, 100)) {
      const body = { clusters, include: ['TAGS'] }
      const answer = await this.#ask('cluster', 'DescribeClusters', body, describedClusters)
      for (const one of answer.clusters) {
        if (one.clusterArn !== undefined) found.set(one.clusterArn, one)
        if (one.clusterName !== undefined) found.set(one.clusterName, one)
      }
      for (const { arn, reason } of answer.failures) {
        reasons.set(arn, reason)
        // Of a cluster that was asked for by its name, too.
        reasons.set(arn.replace(/^.*\//, ''), reason)
      }
    }
    return (name) =>
      found.get(name) ??
      new AnswerError(`DescribeClusters: ${reasons.get(name) ?? 'there is no such cluster'}`)
  }

  /** The tasks of a cluster that have an address. */
  async *targets(cluster: Cluster, port: number): AsyncGenerator<Labels> {
    const arn = cluster.clusterArn ?? cluster.clusterName ?? ''
    const all = await this.#tasksOf(arn)
    if (all.length === 0) return
    const services = await this.#servicesOf(arn, all)
    const instances = await this.#instancesOf(arn, all)
    const ec2 = this.#client.of(awsServices.ec2)
    const machines = await hosts(ec2, [...new Set(instances.values())])
    const cards = await publicAddresses(ec2, all.flatMap(cardOf))
    const region = await this.#client.region()
    for (const task of all) {
      const service = serviceOf(task)
      const { containerInstanceArn } = task
      const instanceId =
        containerInstanceArn === undefined ? undefined : instances.get(containerInstanceArn)
      const host = instanceId === undefined ? undefined : machines.get(instanceId)
      const network = networkOf(task, host, cards)
      if (network === undefined || network.address === '') continue
      yield {
        __address__: joinHostPort(network.address, port),
        ...labels({
          task,
          cluster,
          service: service === undefined ? undefined : services.get(service),
          region,
          instanceId,
          host,
          ...network,
        }),
      }
    }
  }

  async #tasksOf(cluster: string): Promise<readonly Task[]> {
    const arns: string[] = []
    const ask = (nextToken: string | undefined): Promise<json.Read<typeof listedTasks>> =>
      this.#ask('resource', 'ListTasks', { cluster, maxResults: 100, nextToken }, listedTasks)
    for await (const { taskArns } of pagesOf(ask, (page) => page.nextToken, 'ListTasks')) {
      arns.push(...taskArns)
    }
    const all: Task[] = []
    for (const batch of batches(arns, 100)) {
      const body = { cluster, tasks: batch, include: ['TAGS'] }
      all.push(...(await this.#ask('resource', 'DescribeTasks', body, describedTasks)).tasks)
    }
    return all
  }

  /** The services of tasks, by name: their tasks name them, so that no list of them has to be asked for. */
  async #servicesOf(cluster: string, all: readonly Task[]): Promise<ReadonlyMap<string, Service>> {
    const names = [...new Set(all.flatMap((task) => serviceOf(task) ?? []))]
    const found = new Map<string, Service>()
    for (const services of batches(names, 10)) {
      const body = { cluster, services, include: ['TAGS'] }
      const answer = await this.#ask('service', 'DescribeServices', body, describedServices)
      for (const one of answer.services) {
        if (one.serviceName !== undefined) found.set(one.serviceName, one)
      }
    }
    return found
  }

  /** The EC2 instances of container instances, by the ARN of these. */
  async #instancesOf(cluster: string, all: readonly Task[]): Promise<ReadonlyMap<string, string>> {
    const arns = [...new Set(all.flatMap((task) => task.containerInstanceArn ?? []))]
    const found = new Map<string, string>()
    for (const containerInstances of batches(arns, 100)) {
      const answer = await this.#ask(
        'resource',
        'DescribeContainerInstances',
        { cluster, containerInstances },
        describedInstances,
      )
      for (const { containerInstanceArn, ec2InstanceId } of answer.containerInstances) {
        if (containerInstanceArn !== undefined && ec2InstanceId !== undefined) {
          found.set(containerInstanceArn, ec2InstanceId)
        }
      }
    }
    return found
  }

  async #ask<T>(kind: Kind, action: string, body: unknown, shape: json.Shape<T>): Promise<T> {
    await this.#pace.wait(kind, this.#client.signal)
    return this.#client.json(`AmazonEC2ContainerServiceV20141113.${action}`, body, shape)
  }
}

/** The name of the service that a task belongs to; undefined for a task that was started by itself. */
function serviceOf({ group = '' }: Task): string | undefined {
  const prefix = 'service:'
  return group.startsWith(prefix) ? group.slice(prefix.length) : undefined
}

/** The attachment of a task that has a network interface of its own. */
function interfaceOf(task: Task): ReadonlyMap<string, string> | undefined {
  const found = task.attachments.find(({ type }) => type === 'ElasticNetworkInterface')
  if (found === undefined) return undefined
  const details = new Map<string, string>()
  for (const { name, value } of found.details) {
    if (name !== undefined && value !== undefined) details.set(name, value)
  }
  return details
}

/** The id of the network interface of a task; none for one that uses its host's. */
function cardOf(task: Task): readonly string[] {
  const id = interfaceOf(task)?.get('networkInterfaceId')
  return id === undefined || id === '' ? [] : [id]
}

type Network = Pick<PlacedTask, 'mode' | 'address' | 'publicIp' | 'subnet'>

function networkOf(
  task: Task,
  host: Host | undefined,
  cards: ReadonlyMap<string, string>,
): Network | undefined {
  const own = interfaceOf(task)
  if (own !== undefined) {
    const publicIp = cards.get(own.get('networkInterfaceId') ?? '')
    const address = own.get('privateIPv4Address') ?? ''
    return { mode: 'awsvpc', address, publicIp, subnet: own.get('subnetId') }
  }
  if (host === undefined) return undefined
  const { privateIp, publicIp, subnet } = host
  return { mode: 'bridge', address: privateIp, publicIp, subnet }
}

/** Parts of a list, none longer than this. */
function* batches<T>(all: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size)
}
