import { joinHostPort } from '../../go/host-port.js'
import type { Labels } from '../../labels/index.js'
import { labelsFrom, type LabelValue, tagList } from '../kit/labels.js'
import type { Filter } from '../kit/section.js'
import { type ComingXml, textOf, type XmlElement } from '../kit/xml.js'
import { pagesOf } from '../kit/pages.js'
import type { AwsClient, Parameters } from './client.js'
import { given, itemsOf, nested } from './elements.js'

/** What is asked of EC2. */
export interface Ec2Config {
  readonly port: number
  readonly filters: readonly Filter[]
}

/** Of the API, as in its documentation. */
export const version = '2016-11-15'
const pageSize = 1000

/** The ids of the zones of a region, by name: `eu-west-1a` is another zone in each account, `euw1-az2` is not. */
export type ZoneIds = ReadonlyMap<string, string>

/** Asks for the zones. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAvailabilityZones.html */
export async function zoneIds(client: AwsClient): Promise<ZoneIds> {
  const root = await client.query('DescribeAvailabilityZones', version, {})
  const ids = new Map<string, string>()
  for (const zone of itemsOf(root, 'availabilityZoneInfo')) {
    const name = given(zone, 'zoneName')
    const id = given(zone, 'zoneId')
    if (name !== undefined && id !== undefined) ids.set(name, id)
  }
  return ids
}

/**
 * Finds the instances of a region that have an address.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html
 * @param zones undefined where they are not known
 */
export async function* instances(
  client: AwsClient,
  { port, filters }: Ec2Config,
  zones: ZoneIds | undefined,
): AsyncGenerator<Labels> {
  const region = await client.region()
  const ask = (token: string | undefined): Promise<ComingXml> =>
    client.queryComing(
      'DescribeInstances',
      version,
      { MaxResults: pageSize, NextToken: token, ...filterParameters(filters) },
      ['reservationSet', 'item'],
    )
  // The element of an instance takes twenty times the memory of its labels.
  for await (const page of pagesOf(ask, nextToken, 'DescribeInstances')) {
    for await (const reservation of page) {
      const owner = given(reservation, 'ownerId')
      for (const of of itemsOf(reservation, 'instancesSet')) {
        const ipv6 = ipv6Of(of)
        const privateIp = given(of, 'privateIpAddress')
        const address = privateIp ?? ipv6.first
        if (address === undefined) continue
        const zone = zoneOf(of)
        yield {
          __address__: joinHostPort(address, port),
          ...labels({ of, region, owner, privateIp, ipv6, zone, zoneId: zones?.get(zone) ?? '' }),
        }
      }
    }
  }
}

function nextToken(page: ComingXml): string | undefined {
  return given(page.root, 'nextToken')
}

/** Filters as EC2 takes them: `Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-1`. */
export function filterParameters(filters: readonly Filter[]): Parameters {
  const parameters = filters.flatMap(({ name, values }, i) => [
    [`Filter.${String(i + 1)}.Name`, name] as const,
    ...values.map((value, j) => [`Filter.${String(i + 1)}.Value.${String(j + 1)}`, value] as const),
  ])
  return Object.fromEntries(parameters)
}

interface Instance {
  readonly of: XmlElement
  readonly region: string
  readonly owner: string | undefined
  readonly privateIp: string | undefined
  readonly ipv6: Ipv6
  readonly zone: string
  readonly zoneId: string
}

const labels = labelsFrom<Instance>('__meta_ec2_', {
  instance_id: (i) => textOf(i.of, 'instanceId'),
  region: (i) => i.region,
  owner_id: (i) => i.owner,
  private_ip: (i) => i.privateIp,
  private_dns_name: (i) => given(i.of, 'privateDnsName'),
  public_ip: (i) => given(i.of, 'ipAddress'),
  public_dns_name: (i) =>
    given(i.of, 'ipAddress') === undefined ? undefined : textOf(i.of, 'dnsName'),
  default_ipv6_address: (i) => i.ipv6.first,
  primary_ipv6_addresses: (i) => tagList(i.ipv6.primary),
  ipv6_addresses: (i) => tagList(i.ipv6.all),
  platform: (i) => notEmpty(textOf(i.of, 'platform')),
  ami: (i) => textOf(i.of, 'imageId'),
  availability_zone: (i) => i.zone,
  availability_zone_id: (i) => i.zoneId,
  instance_state: (i) => nested(i.of, 'instanceState', 'name'),
  instance_type: (i) => textOf(i.of, 'instanceType'),
  instance_lifecycle: (i) => notEmpty(textOf(i.of, 'instanceLifecycle')),
  architecture: (i) => notEmpty(textOf(i.of, 'architecture')),
  vpc_id: (i) => given(i.of, 'vpcId'),
  primary_subnet_id: (i) => (isInVpc(i.of) ? textOf(i.of, 'subnetId') : undefined),
  subnet_id: (i) => (isInVpc(i.of) ? subnetsOf(i.of) : undefined),
  tag_: (i) => tagsOf(i.of),
})

/** IPv6 addresses of an instance, in the order of its network interfaces. */
interface Ipv6 {
  readonly all: readonly string[]
  /** The primary one of each interface, at the interface's index; an empty one where it has none. */
  readonly primary: readonly string[]
  /** The one to use: a primary one if there is one. */
  readonly first: string | undefined
}

/** Far above the interfaces that an instance may have. */
const mostInterfaces = 1000

function ipv6Of(instance: XmlElement): Ipv6 {
  const all: string[] = []
  const primary: string[] = []
  for (const card of interfacesOf(instance)) {
    const index = Number(nested(card, 'attachment', 'deviceIndex') || '-1')
    for (const one of itemsOf(card, 'ipv6AddressesSet')) {
      const address = textOf(one, 'ipv6Address')
      all.push(address)
      if (textOf(one, 'isPrimaryIpv6') !== 'true') continue
      if (!Number.isInteger(index) || index < 0 || index >= mostInterfaces) continue
      while (primary.length <= index) primary.push('')
      primary[index] = address
    }
  }
  return { all, primary, first: [...primary, ...all].find((address) => address !== '') }
}

/** The network interfaces in subnets; an instance outside of a VPC has none. */
function interfacesOf(instance: XmlElement): readonly XmlElement[] {
  if (!isInVpc(instance)) return []
  return itemsOf(instance, 'networkInterfaceSet').filter(
    (card) => given(card, 'subnetId') !== undefined,
  )
}

/** `,subnet-1,subnet-2,`; `,,` for none. */
function subnetsOf(instance: XmlElement): string {
  const subnets = interfacesOf(instance).map((card) => textOf(card, 'subnetId'))
  return `,${[...new Set(subnets)].join(',')},`
}

/** The tags of an instance, or of anything else of EC2. */
export function* tagsOf(instance: XmlElement): Generator<readonly [string, LabelValue]> {
  for (const tag of itemsOf(instance, 'tagSet')) {
    const key = given(tag, 'key')
    if (key !== undefined) yield [key, given(tag, 'value')]
  }
}

function zoneOf(instance: XmlElement): string {
  return nested(instance, 'placement', 'availabilityZone')
}

function isInVpc(instance: XmlElement): boolean {
  return given(instance, 'vpcId') !== undefined
}

function notEmpty(text: string): string | undefined {
  return text === '' ? undefined : text
}
