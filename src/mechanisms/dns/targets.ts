import { joinHostPort } from '../../go/host-port.js'
import { formatIp } from '../../go/ip.js'
import type { Answer } from 'dns-packet'
import type { Labels } from '../../labels/index.js'
import type { Logger } from '../../telemetry/index.js'
import type { TargetGroup } from '../../discovery/groups/target-group.js'
import { labelsFrom } from '../kit/labels.js'

/** What a record says of a target, apart from the name it belongs to. */
interface Found {
  readonly address: string
  readonly srvTarget?: string
  readonly srvPort?: number
  readonly mxTarget?: string
  readonly nsTarget?: string
}

/** All of them are on every target, whatever type its record is of. */
const labelsOf = labelsFrom<Found & { readonly name: string }>('__meta_dns_', {
  name: ({ name }) => name,
  srv_record_target: ({ srvTarget = '' }) => srvTarget,
  srv_record_port: ({ srvPort = '' }) => srvPort,
  mx_record_target: ({ mxTarget = '' }) => mxTarget,
  ns_record_target: ({ nsTarget = '' }) => nsTarget,
})

/**
 * The target group of a name's records. Records of a type that has no address are left out.
 * @param name as configured: the group's source
 * @param port of records that have none of their own
 */
export function groupOf(
  name: string,
  port: number,
  records: readonly Answer[],
  logger: Logger,
): TargetGroup {
  const targets = records
    .map((record) => read(record, port, logger))
    .filter((found) => found !== undefined)
    .map((found) => ({ __address__: found.address, ...labelsOf({ ...found, name }) }))
    // Servers rotate the order from answer to answer, which is not a change.
    .toSorted(byText)
  return { source: name, labels: {}, targets }
}

function read(record: Answer, port: number, logger: Logger): Found | undefined {
  if (record.type === 'SRV') {
    const { target } = record.data
    const own = record.data.port
    return { address: joinHostPort(bare(target), own), srvTarget: target, srvPort: own }
  }
  if (record.type === 'MX') {
    const target = record.data.exchange
    return { address: joinHostPort(bare(target), port), mxTarget: target }
  }
  if (record.type === 'NS') {
    const target = record.data
    return { address: joinHostPort(bare(target), port), nsTarget: target }
  }
  if (record.type === 'A') return { address: joinHostPort(record.data, port) }
  if (record.type === 'AAAA') return { address: joinHostPort(formatIp(record.data), port) }
  // A CNAME comes along with the addresses that it leads to.
  if (record.type !== 'CNAME') {
    logger.warn('Invalid record', { record: `${record.name} ${record.type}` })
  }
  return undefined
}

function byText(a: Labels, b: Labels): number {
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)]
  return left < right ? -1 : left > right ? 1 : 0
}

/** Without the dots at its end, as upstream: also without one that is a part of its last label. */
function bare(name: string): string {
  return name.replace(/\.+$/, '')
}
