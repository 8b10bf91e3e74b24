import type { Labels } from '../../labels/index.js'
import { type Api, withQuery } from '../kit/api.js'
import { labelsFrom, tagList } from '../kit/labels.js'
import type { MechanismOptions } from '../kit/mechanism.js'
import { collect, type Search } from '../kit/polled.js'
import * as json from '../kit/shape.js'
import { apiOf } from './api.js'
import { type Access, GoogleIdentity } from './identity.js'
import type { GceConfig } from './index.js'

/** A number of 64 bits, which Google's JSON has as text. */
const id: json.Shape<string> = {
  zero: '0',
  read(value) {
    if (typeof value === 'string' && /^[0-9]{1,20}$/.test(value)) return value
    throw json.Mismatch.of('the digits of a number', value)
  },
}

const accessConfig = json.object({ type: json.text, natIP: json.text })

const networkInterface = json.object({
  name: json.text,
  network: json.text,
  subnetwork: json.text,
  networkIP: json.text,
  accessConfigs: json.list(accessConfig),
})
type NetworkInterface = json.Read<typeof networkInterface>

const instance = json.object({
  id,
  name: json.text,
  zone: json.text,
  status: json.text,
  machineType: json.text,
  networkInterfaces: json.list(networkInterface),
  tags: json.object({ items: json.list(json.text) }),
  metadata: json.object({
    items: json.list(json.object({ key: json.text, value: json.optional(json.text) })),
  }),
  labels: json.map(json.text),
})

interface Instance extends json.Read<typeof instance> {
  readonly project: string
  /** What is between its tags. */
  readonly separator: string
  readonly first: NetworkInterface
}

const page = json.object({ items: json.list(instance), nextPageToken: json.text })

// URLs of networks and machine types stay as Google writes them.
const labels = labelsFrom<Instance>('__meta_gce_', {
  project: (i) => i.project,
  zone: (i) => i.zone,
  instance_id: (i) => i.id,
  instance_name: (i) => i.name,
  instance_status: (i) => i.status,
  machine_type: (i) => i.machineType,
  network: (i) => i.first.network,
  subnetwork: (i) => i.first.subnetwork,
  private_ip: (i) => i.first.networkIP,
  public_ip: (i) => publicIp(i.first),
  interface_ipv4_: (i) => addresses(i.networkInterfaces),
  tags: (i) => tagList(i.tags.items, i.separator),
  metadata_: (i) => i.metadata.items.map(({ key, value }) => [key, value] as const),
  label_: (i) => i.labels,
})

/** Makes the search, with the environment in which credentials may be. */
export function searchWith({
  env,
  userAgent,
}: Pick<MechanismOptions, 'env' | 'userAgent'>): Search<GceConfig> {
  return {
    groups(config) {
      const identity = new GoogleIdentity({ env, userAgent, now: Date.now })
      const source = `GCE_${config.project}_${config.zone}`
      return async (api) => {
        const targets = await identity.use(api, (access) =>
          collect(instances(api, access, config), api),
        )
        return [{ source, labels: {}, targets }]
      }
    },
  }
}

async function* instances(
  api: Api,
  { universe, headers }: Access,
  { project, zone, filter, port, tag_separator: separator }: GceConfig,
): AsyncGenerator<Labels> {
  const path = `/projects/${encodeURIComponent(project)}/zones/${encodeURIComponent(zone)}/instances`
  const urlOf = (pageToken: string): string =>
    withQuery(apiOf(universe) + path, { alt: 'json', filter, pageToken, prettyPrint: 'false' })
  const pages = api.pages(
    urlOf(''),
    page,
    ({ nextPageToken }) => (nextPageToken === '' ? undefined : urlOf(nextPageToken)),
    { headers },
  )
  for await (const { items } of pages) {
    for (const one of items) {
      const [first] = one.networkInterfaces
      if (first === undefined) continue
      yield {
        // As in Prometheus, an address without brackets.
        __address__: `${first.networkIP}:${String(port)}`,
        ...labels({ ...one, project, separator, first }),
      }
    }
  }
}

function publicIp({ accessConfigs: [first] }: NetworkInterface): string | undefined {
  return first?.type === 'ONE_TO_ONE_NAT' ? first.natIP : undefined
}

function* addresses(
  all: readonly NetworkInterface[],
): Generator<readonly [name: string, ip: string]> {
  for (const { name, networkIP } of all) if (networkIP !== '') yield [name, networkIP]
}
