import { joinHostPort } from '../../go/host-port.js'
import type { HttpResponse } from '../../http/index.js'
import type { Labels } from '../../labels/index.js'
import { type Api, withQuery } from '../kit/api.js'
import { labelsFrom, tagList } from '../kit/labels.js'
import * as json from '../kit/shape.js'
import type { LinodeConfig } from './index.js'

const instance = json.object({
  id: json.id,
  label: json.text,
  image: json.text,
  region: json.text,
  type: json.text,
  status: json.text,
  group: json.text,
  hypervisor: json.text,
  tags: json.list(json.text),
  ipv4: json.list(json.text),
  ipv6: json.text,
  specs: json.object({
    disk: json.int,
    memory: json.int,
    vcpus: json.int,
    gpus: json.int,
    transfer: json.int,
  }),
  backups: json.object({ enabled: json.bool }),
})

const address = json.object({ address: json.text, public: json.bool, rdns: json.text })
type Address = json.Read<typeof address>

const range = json.object({ range: json.text, prefix: json.int, route_target: json.text })
type Range = json.Read<typeof range>

/** The addresses of an instance by what they are for. */
interface Addresses {
  readonly privateIpv4: Address | undefined
  readonly publicIpv4: Address | undefined
  readonly publicIpv6: Address | undefined
  readonly extraIps: readonly string[]
  readonly ipv6Ranges: readonly string[]
}

interface Instance extends json.Read<typeof instance> {
  readonly addresses: Addresses
  readonly separator: string
}

const labels = labelsFrom<Instance>('__meta_linode_', {
  instance_id: (i) => i.id,
  instance_label: (i) => i.label,
  image: (i) => i.image,
  private_ipv4: (i) => i.addresses.privateIpv4?.address ?? '',
  public_ipv4: (i) => i.addresses.publicIpv4?.address ?? '',
  public_ipv6: (i) => i.addresses.publicIpv6?.address ?? '',
  private_ipv4_rdns: (i) => nameOf(i.addresses.privateIpv4),
  public_ipv4_rdns: (i) => nameOf(i.addresses.publicIpv4),
  public_ipv6_rdns: (i) => nameOf(i.addresses.publicIpv6),
  region: (i) => i.region,
  type: (i) => i.type,
  status: (i) => i.status,
  group: (i) => i.group,
  gpus: (i) => i.specs.gpus,
  hypervisor: (i) => i.hypervisor,
  backups: (i) => (i.backups.enabled ? 'enabled' : 'disabled'),
  specs_disk_bytes: (i) => bytesOf(i.specs.disk),
  specs_memory_bytes: (i) => bytesOf(i.specs.memory),
  specs_vcpus: (i) => i.specs.vcpus,
  specs_transfer_bytes: (i) => bytesOf(i.specs.transfer),
  tags: (i) => tagList(i.tags, i.separator),
  extra_ips: (i) => tagList(i.addresses.extraIps, i.separator),
  ipv6_ranges: (i) => tagList(i.addresses.ipv6Ranges, i.separator),
})

/** All instances. */
export interface Listing {
  readonly targets: Iterable<Labels>
  /** When they were asked for, by the server's clock: `2026-01-02T03:04:05`. Undefined where it does not say. */
  readonly askedAt: string | undefined
}

/** Lists all instances with their addresses and ranges. */
export async function listInstances(api: Api, config: LinodeConfig): Promise<Listing> {
  const { region } = config
  const found = await listAll(api, region, '/linode/instances', instance)
  const addresses = await listAll(api, region, '/networking/ips', address)
  const ranges = await listAll(api, region, '/networking/ipv6/ranges', range)
  return {
    targets: targetsOf(
      found.items,
      byKey(addresses.items, (one) => one.address),
      byKey(ranges.items, (one) => one.route_target),
      config,
    ),
    askedAt: found.askedAt,
  }
}

function* targetsOf(
  found: readonly json.Read<typeof instance>[],
  addresses: ReadonlyMap<string, readonly Address[]>,
  ranges: ReadonlyMap<string, readonly Range[]>,
  { port, tag_separator: separator }: LinodeConfig,
): Generator<Labels> {
  for (const one of found) {
    // As in Prometheus: it is still being made.
    if (one.ipv4.length === 0) continue
    const own = sorted(one, addresses, ranges)
    yield {
      __address__: joinHostPort(own.publicIpv4?.address ?? '', port),
      ...labels({ ...one, addresses: own, separator }),
    }
  }
}

/** All elements of a list of the API, and when it was asked for. */
async function listAll<T>(
  api: Api,
  region: string,
  path: string,
  item: json.Shape<T>,
): Promise<{ readonly items: readonly T[]; readonly askedAt: string | undefined }> {
  const pathOf = (page: number): string => withQuery(path, { page, page_size: 500 })
  const shape = json.object({ data: json.list(item), page: json.int, pages: json.int })
  const ask = region === '' ? {} : { headers: { 'x-filter': JSON.stringify({ region }) } }
  const items: T[] = []
  let askedAt: string | undefined
  const pages = api.pages(
    pathOf(1),
    shape,
    ({ page, pages: last }, answer) => {
      askedAt ??= timeOf(answer)
      return page < last ? pathOf(page + 1) : undefined
    },
    ask,
  )
  for await (const { data } of pages) for (const one of data) items.push(one)
  return { items, askedAt }
}

/** When an answer was made, by the server's clock; undefined where it does not say. */
export function timeOf(answer: HttpResponse): string | undefined {
  const time = Date.parse(answer.header('date') ?? '')
  return Number.isNaN(time) ? undefined : new Date(time).toISOString().slice(0, 19)
}

function byKey<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}

function sorted(
  { ipv4, ipv6 }: json.Read<typeof instance>,
  addresses: ReadonlyMap<string, readonly Address[]>,
  ranges: ReadonlyMap<string, readonly Range[]>,
): Addresses {
  let privateIpv4: Address | undefined
  let publicIpv4: Address | undefined
  const extraIps: string[] = []
  for (const one of ipv4.flatMap((ip) => addresses.get(ip) ?? [])) {
    if (one.public && publicIpv4 === undefined) publicIpv4 = one
    else if (!one.public && privateIpv4 === undefined) privateIpv4 = one
    else extraIps.push(one.address)
  }
  const [slaac = ''] = ipv6.split('/')
  const ofSlaac = slaac === '' ? [] : (addresses.get(slaac) ?? [])
  const routed = slaac === '' ? [] : (ranges.get(slaac) ?? [])
  return {
    privateIpv4,
    publicIpv4,
    publicIpv6: ofSlaac.at(-1),
    extraIps,
    ipv6Ranges: routed.map((one) => `${one.range}/${String(one.prefix)}`),
  }
}

/** The name that an address resolves to; empty for none. */
function nameOf(one: Address | undefined): string {
  return one === undefined || one.rdns === 'null' ? '' : one.rdns
}

/** A size in MiB as bytes: beyond 2^53 too, as Go has 64 bits for it. */
function bytesOf(mebibytes: number): bigint {
  return BigInt(mebibytes) << 20n
}
