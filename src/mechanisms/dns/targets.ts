import { joinHostPort } from '../../go/host-port.js'
import { formatIp } from '../../go/ip.js'
import type { Answer } from 'dns-packet'
import type { Labels } from '../../labels/index.js'
import type { Logger } from '../../telemetry/index.js'
import type { TargetGroup } from '../../discovery/groups/target-group.js'

/** The labels that a record may give beside the address; all of them always stand on a target. */
interface Found {
  readonly address: string
  readonly srvTarget?: string
  readonly srvPort?: string
  readonly mxTarget?: string
  readonly nsTarget?: string
}

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
    .map((found) => labelsOf(name, found))
    // Servers turn the order from answer to answer, which is no change.
    .toSorted(byText)
  return { source: name, labels: {}, targets }
}

function read(record: Answer, port: number, logger: Logger): Found | undefined {
  if (record.type === 'SRV') {
    const target = rooted(record.data.target)
    const own = record.data.port
    return { address: joinHostPort(bare(target), own), srvTarget: target, srvPort: String(own) }
  }
  if (record.type === 'MX') {
    const target = rooted(record.data.exchange)
    return { address: joinHostPort(bare(target), port), mxTarget: target }
  }
  if (record.type === 'NS') {
    const target = rooted(record.data)
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

function labelsOf(name: string, found: Found): Labels {
  const { address, srvTarget = '', srvPort = '', mxTarget = '', nsTarget = '' } = found
  return {
    __address__: address,
    __meta_dns_name: name,
    __meta_dns_srv_record_target: srvTarget,
    __meta_dns_srv_record_port: srvPort,
    __meta_dns_mx_record_target: mxTarget,
    __meta_dns_ns_record_target: nsTarget,
  }
}

function byText(a: Labels, b: Labels): number {
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)]
  return left < right ? -1 : left > right ? 1 : 0
}

/** With the dot at its end that a full name has; the parser drops it. */
function rooted(name: string): string {
  return name.endsWith('.') ? name : `${name}.`
}

function bare(name: string): string {
  return name.replace(/\.+$/, '')
}
