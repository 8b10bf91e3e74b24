import { joinHostPort } from '../../go/host-port.js'
import type { Labels } from '../../labels/index.js'
import { parseJson } from '../kit/json.js'
import { labelsFrom, type LabelTable } from '../kit/labels.js'
import * as json from '../kit/shape.js'

/**
 * Makes a target of what is in a znode.
 * @param data the text of the znode
 * @returns undefined where it is no member: those of a znode that is only there for its children
 */
export type ReadMember = (data: string, path: string) => Labels | undefined

/** A whole number of Go's `int`, as its digits. */
const int: json.Shape<string> = {
  zero: '0',
  read(value) {
    const digits = json.id.read(value)
    if (typeof value === 'bigint' && BigInt.asIntN(64, value) !== value) {
      throw json.Mismatch.of('a number of 64 bits', value)
    }
    return digits
  },
}

const endpoint = json.object({ host: json.text, port: int })
type Endpoint = json.Read<typeof endpoint>

const serversetShape = json.object({
  serviceEndpoint: endpoint,
  additionalEndpoints: json.map(endpoint),
  status: json.text,
  shard: int,
})

const nerveShape = json.object({ host: json.text, port: int, name: json.text })

/** A member of one of Twitter's serversets. */
const serverset: ReadMember = memberOf(
  serversetShape,
  ({ serviceEndpoint }) => serviceEndpoint,
  '__meta_serverset_',
  {
    endpoint_host: (member) => member.serviceEndpoint.host,
    endpoint_port: (member) => member.serviceEndpoint.port,
    endpoint_host_: (member) => each(member.additionalEndpoints, ({ host }) => host),
    endpoint_port_: (member) => each(member.additionalEndpoints, ({ port }) => port),
    status: (member) => member.status,
    shard: (member) => member.shard,
  },
)

/** What Airbnb's nerve registers. */
const nerve: ReadMember = memberOf(nerveShape, (member) => member, '__meta_nerve_', {
  endpoint_host: (member) => member.host,
  endpoint_port: (member) => member.port,
  endpoint_name: (member) => member.name,
})

/** How the znodes of each mechanism are read. */
export const members: Readonly<Record<'serverset' | 'nerve', ReadMember>> = { serverset, nerve }

function memberOf<T>(
  shape: json.Shape<T>,
  endpointOf: (member: T) => Endpoint,
  prefix: string,
  table: LabelTable<T>,
): ReadMember {
  const labelsOf = labelsFrom(prefix, table)
  return (data, path) => {
    const member = read(shape, data, path)
    if (member === undefined) return undefined
    const { host, port } = endpointOf(member)
    return { __address__: joinHostPort(host, port), [`${prefix}path`]: path, ...labelsOf(member) }
  }
}

function read<T>(shape: json.Shape<T>, data: string, path: string): T | undefined {
  try {
    return json.readShape(shape, parseJson(data), path)
  } catch {
    // Anything may be in a znode.
    return undefined
  }
}

function* each(
  endpoints: ReadonlyMap<string, Endpoint>,
  valueOf: (endpoint: Endpoint) => string,
): Generator<readonly [string, string]> {
  for (const [name, one] of endpoints) yield [name, valueOf(one)]
}
