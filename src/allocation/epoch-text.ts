import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { type Epoch, type EpochStage, wholeOrder } from './epoch.js'
import { maxMemberWeight, type MemberSpec } from './member.js'

/** An epoch is too large to be shared, or what was shared is none. */
export class EpochTextError extends Error {
  override readonly name = 'EpochTextError'
  readonly code = 'ERR_ALLOCATION_EPOCH'
}

/** Consul takes values of 512 KiB. */
const maxPacked = 400 << 10
/** What is unpacked is no larger, whatever it was packed by. */
const maxUnpacked = 64 << 20

/** The version of the format: another one is not understood. */
const version = 1

/**
 * An epoch as it is shared between replicas: JSON, packed.
 * @throws {EpochTextError} when it is larger than 400 KiB
 */
export async function packEpoch({ generation, stages, classes }: Epoch): Promise<Buffer> {
  const text = JSON.stringify({ version, generation, stages, classes })
  const packed = await promisify(gzip)(text)
  if (packed.length > maxPacked) {
    const size = String(Math.ceil(packed.length / 1024))
    throw new EpochTextError(`the epoch has ${size} KiB: 400 are the most that are shared`)
  }
  return packed
}

/** @throws {EpochTextError} for anything that is no epoch of this version */
export async function unpackEpoch(packed: Buffer): Promise<Epoch> {
  let read: unknown
  try {
    const text = await promisify(gunzip)(packed, { maxOutputLength: maxUnpacked })
    read = JSON.parse(text.toString('utf8'))
  } catch (cause) {
    throw new EpochTextError('what was shared is no packed epoch', { cause })
  }
  if (!isRecord(read) || read['version'] !== version) {
    throw new EpochTextError('what was shared is no epoch of this version')
  }
  const { generation, stages, classes } = read
  if (
    !isWhole(generation) ||
    !Array.isArray(stages) ||
    !stages.every(isStage) ||
    !isClasses(classes)
  ) {
    throw new EpochTextError('what was shared is no whole epoch')
  }
  const last = stages.at(-1)
  if (last?.below !== wholeOrder) throw new EpochTextError('the epoch leaves out targets')
  return { generation, stages, classes }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isWhole(value: unknown, most = Number.MAX_SAFE_INTEGER): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= most
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isStage(value: unknown): value is EpochStage {
  if (!isRecord(value)) return false
  const { below, members } = value
  return isWhole(below, wholeOrder) && Array.isArray(members) && members.every(isMember)
}

function isMember(value: unknown): value is MemberSpec {
  if (!isRecord(value)) return false
  const { id, weight, zone, node } = value
  return (
    isText(id) &&
    id !== '' &&
    isWhole(weight, maxMemberWeight) &&
    weight > 0 &&
    isText(zone) &&
    isText(node)
  )
}

function isClasses(value: unknown): value is Epoch['classes'] {
  if (!isRecord(value)) return false
  return Object.values(value).every(
    (job) => isRecord(job) && Object.values(job).every((exponent) => isWhole(exponent, 64)),
  )
}
