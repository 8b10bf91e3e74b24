import type { XmlElement } from '../kit/xml.js'
import { childOf } from '../kit/xml.js'
import { pagesOf } from '../kit/pages.js'
import type { AwsClient } from './client.js'
import { filterParameters, tagsOf, version } from './ec2.js'
import { given, itemsOf } from './elements.js'

/** An EC2 instance that tasks run on. */
export interface Host {
  readonly privateIp: string
  readonly publicIp: string | undefined
  readonly subnet: string | undefined
  readonly type: string | undefined
  readonly tags: ReadonlyMap<string, string>
}

/** As many values as EC2 takes in a filter. */
const mostValues = 200

/**
 * Asks for EC2 instances. A filter rather than their ids: of those, one that has gone meanwhile would fail all.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html
 */
export async function hosts(
  ec2: AwsClient,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Host>> {
  const found = new Map<string, Host>()
  for await (const page of pages(ec2, 'DescribeInstances', 'instance-id', ids)) {
    for (const reservation of itemsOf(page, 'reservationSet')) {
      for (const one of itemsOf(reservation, 'instancesSet')) {
        const id = given(one, 'instanceId')
        const privateIp = given(one, 'privateIpAddress')
        if (id === undefined || privateIp === undefined) continue
        found.set(id, {
          privateIp,
          publicIp: given(one, 'ipAddress'),
          subnet: given(one, 'subnetId'),
          type: given(one, 'instanceType'),
          tags: new Map(textTags(one)),
        })
      }
    }
  }
  return found
}

function* textTags(instance: XmlElement): Generator<readonly [string, string]> {
  for (const [key, value] of tagsOf(instance)) {
    if (typeof value === 'string') yield [key, value]
  }
}

/**
 * The public addresses of network interfaces, by the ids of these: a task has the address of its interface, not that
 * of its host. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkInterfaces.html
 */
export async function publicAddresses(
  ec2: AwsClient,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  const name = 'network-interface-id'
  for await (const page of pages(ec2, 'DescribeNetworkInterfaces', name, ids)) {
    for (const one of itemsOf(page, 'networkInterfaceSet')) {
      const id = given(one, 'networkInterfaceId')
      const address = given(childOf(one, 'association'), 'publicIp')
      if (id !== undefined && address !== undefined) found.set(id, address)
    }
  }
  return found
}

async function* pages(
  ec2: AwsClient,
  action: string,
  name: string,
  ids: readonly string[],
): AsyncGenerator<XmlElement> {
  for (let at = 0; at < ids.length; at += mostValues) {
    const filter = filterParameters([{ name, values: ids.slice(at, at + mostValues) }])
    const ask = (token: string | undefined): Promise<XmlElement> =>
      ec2.query(action, version, { MaxResults: 1000, NextToken: token, ...filter })
    yield* pagesOf(ask, (root) => given(root, 'nextToken'), action)
  }
}
