import { joinHostPort } from '../../go/host-port.js'
import type { Labels } from '../../labels/index.js'
import { type Api, withQuery } from '../kit/api.js'
import { labelsFrom, tagList } from '../kit/labels.js'
import * as json from '../kit/shape.js'
import type { DigitaloceanConfig } from './index.js'

/** The name of the group. */
export function source({ role }: DigitaloceanConfig): string {
  return role === 'databases' ? 'DigitalOcean Databases' : 'DigitalOcean'
}

/** Finds the droplets or the databases of an account: https://docs.digitalocean.com/reference/api. */
export function targets(api: Api, config: DigitaloceanConfig): AsyncGenerator<Labels> {
  return config.role === 'databases' ? databases(api, config) : droplets(api, config)
}

// Role droplets

const addresses = json.list(json.object({ ip_address: json.text, type: json.text }))
type Addresses = json.Read<typeof addresses>

const droplet = json.object({
  id: json.id,
  name: json.text,
  status: json.text,
  size_slug: json.text,
  vpc_uuid: json.text,
  image: json.object({ slug: json.text, name: json.text }),
  region: json.object({ slug: json.text }),
  features: json.list(json.text),
  tags: json.list(json.text),
  networks: json.object({ v4: addresses, v6: addresses }),
})

const dropletLabels = labelsFrom<json.Read<typeof droplet>>('__meta_digitalocean_', {
  droplet_id: (d) => d.id,
  droplet_name: (d) => d.name,
  image: (d) => d.image.slug,
  image_name: (d) => d.image.name,
  private_ipv4: (d) => addressOf(d.networks.v4, 'private'),
  public_ipv4: (d) => addressOf(d.networks.v4, 'public'),
  public_ipv6: (d) => addressOf(d.networks.v6, 'public'),
  region: (d) => d.region.slug,
  size: (d) => d.size_slug,
  status: (d) => d.status,
  vpc: (d) => d.vpc_uuid,
  features: (d) => tagList(d.features),
  tags: (d) => tagList(d.tags),
})

const dropletPage = json.object({
  droplets: json.list(droplet),
  links: json.object({ pages: json.object({ next: json.text }) }),
})

async function* droplets(api: Api, { port }: DigitaloceanConfig): AsyncGenerator<Labels> {
  // The largest page there is.
  const first = withQuery('/droplets', { page: 1, per_page: 200 })
  const pages = api.pages(first, dropletPage, ({ links }) => links.pages.next || undefined)
  for await (const page of pages) {
    for (const one of page.droplets) {
      // As in Prometheus: it is still being made, or has IPv6 alone.
      if (one.networks.v4.length === 0) continue
      const address = addressOf(one.networks.v4, 'public')
      yield { __address__: joinHostPort(address, port), ...dropletLabels(one) }
    }
  }
}

/** The first address of a type; empty for none. */
function addressOf(all: Addresses, type: 'private' | 'public'): string {
  return all.find((one) => one.type === type)?.ip_address ?? ''
}

// Role databases

const connection = json.optional(json.object({ host: json.text }))

const database = json.object({
  id: json.text,
  name: json.text,
  engine: json.text,
  version: json.text,
  status: json.text,
  region: json.text,
  size: json.text,
  num_nodes: json.int,
  connection,
  private_connection: connection,
  tags: json.list(json.text),
})

const databaseLabels = labelsFrom<json.Read<typeof database>>('__meta_digitalocean_db_', {
  id: (d) => d.id,
  name: (d) => d.name,
  engine: (d) => d.engine,
  version: (d) => d.version,
  status: (d) => d.status,
  region: (d) => d.region,
  size: (d) => d.size,
  num_nodes: (d) => d.num_nodes,
  host: (d) => d.connection?.host,
  private_host: (d) => d.private_connection?.host,
})

const databasePage = json.object({ databases: json.list(database) })

function databasesPath(page: number): string {
  return withQuery('/databases', { page, per_page: 100 })
}

async function* databases(api: Api, { port }: DigitaloceanConfig): AsyncGenerator<Labels> {
  // An answer names neither the next page nor how many there are: the first page without a new database is the last.
  const known = new Set<string>()
  let number = 1
  const pages = api.pages(databasesPath(number), databasePage, (page) => {
    const isLast = page.databases.every(({ id }) => known.has(id))
    for (const { id } of page.databases) known.add(id)
    number += 1
    return isLast ? undefined : databasesPath(number)
  })
  for await (const page of pages) {
    for (const one of page.databases) {
      if (known.has(one.id)) continue
      const host = one.private_connection?.host || one.connection?.host
      yield {
        ...(host && { __address__: joinHostPort(host, port) }),
        ...databaseLabels(one),
        ...tagLabels(one.tags),
      }
    }
  }
}

/** Unlike all others, these have the tag as it is in their names. */
function tagLabels(tags: readonly string[]): Labels {
  return Object.fromEntries(tags.map((tag) => [`__meta_digitalocean_db_tag_${tag}`, 'true']))
}
