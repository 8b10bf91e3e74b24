import { joinHostPort } from '../../go/host-port.js'
import type { Labels } from '../../labels/index.js'
import { labelsFrom, type LabelValue, tagList } from '../kit/labels.js'
import * as json from '../kit/shape.js'
import { pagesOf } from '../kit/pages.js'
import type { AwsClient } from './client.js'

const optionalText = json.optional(json.text)

const instance = json.object({
  name: optionalText,
  supportCode: optionalText,
  location: json.object({ availabilityZone: optionalText }),
  blueprintId: optionalText,
  bundleId: optionalText,
  privateIpAddress: optionalText,
  publicIpAddress: optionalText,
  ipv6Addresses: json.list(json.text),
  state: json.object({ name: optionalText }),
  tags: json.list(json.object({ key: optionalText, value: optionalText })),
})

const page = json.object({ instances: json.list(instance), nextPageToken: optionalText })

interface Instance extends json.Read<typeof instance> {
  readonly region: string
}

const labels = labelsFrom<Instance>('__meta_lightsail_', {
  availability_zone: (i) => i.location.availabilityZone,
  blueprint_id: (i) => i.blueprintId,
  bundle_id: (i) => i.bundleId,
  instance_name: (i) => i.name,
  instance_state: (i) => i.state.name,
  instance_support_code: (i) => i.supportCode,
  ipv6_addresses: (i) => tagList(i.ipv6Addresses),
  private_ip: (i) => i.privateIpAddress,
  public_ip: (i) => i.publicIpAddress,
  region: (i) => i.region,
  tag_: (i) =>
    i.tags.flatMap(({ key, value }): readonly (readonly [string, LabelValue])[] =>
      key === undefined ? [] : [[key, value]],
    ),
})

/**
 * Finds the instances of a region that have a private address.
 * https://docs.aws.amazon.com/lightsail/2016-11-28/api-reference/API_GetInstances.html
 */
export async function* instances(
  client: AwsClient,
  { port }: { readonly port: number },
): AsyncGenerator<Labels> {
  const region = await client.region()
  const ask = (pageToken: string | undefined): Promise<json.Read<typeof page>> =>
    client.json(
      'Lightsail_20161128.GetInstances',
      pageToken === undefined ? {} : { pageToken },
      page,
    )
  for await (const { instances: found } of pagesOf(
    ask,
    (one) => one.nextPageToken,
    'GetInstances',
  )) {
    for (const one of found) {
      const { privateIpAddress } = one
      if (privateIpAddress === undefined) continue
      yield { __address__: joinHostPort(privateIpAddress, port), ...labels({ ...one, region }) }
    }
  }
}
