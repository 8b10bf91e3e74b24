import type { Buffer } from 'node:buffer'
import packet, { type Answer, type DecodedPacket, type OptAnswer } from 'dns-packet'
import type { RecordType } from './section.js'
import { DnsError } from './errors.js'

const headerBytes = 12
const isResponse = 1 << 15

/** The UDP answer size that is offered (EDNS0). */
const ednsSize = 4096

/** An answer to a question. */
export interface DnsMessage {
  /** `NOERROR`, `NXDOMAIN`, `SERVFAIL`, ... */
  readonly rcode: string
  /** There was more than went into the datagram. */
  readonly isTruncated: boolean
  readonly answers: readonly Answer[]
}

/** A question, ready to be sent. */
export interface DnsQuestion {
  readonly id: number
  /** A full name. */
  readonly name: string
  readonly type: RecordType
}

/**
 * Writes a question.
 * @param edns whether to offer large UDP answers
 * @throws DnsError for a name that DNS cannot carry
 */
export function encodeQuestion({ id, name, type }: DnsQuestion, edns: boolean): Buffer {
  const bare = name.replace(/\.$/, '')
  const labels = bare === '' ? [] : bare.split('.')
  const lengths = labels.map((label) => new TextEncoder().encode(label).length)
  const isWell =
    lengths.every((length) => length > 0 && length < 64) &&
    lengths.reduce((sum, length) => sum + length + 1, 1) <= 255
  if (!isWell) throw new DnsError(`"${name}" is no domain name`)
  return packet.encode({
    type: 'query',
    id,
    flags: packet.RECURSION_DESIRED,
    questions: [{ type, name: bare }],
    ...(edns ? { additionals: [optionsRecord] } : {}),
  })
}

const optionsRecord: OptAnswer = {
  type: 'OPT',
  name: '.',
  udpPayloadSize: ednsSize,
  flags: 0,
  extendedRcode: 0,
  ednsVersion: 0,
  flag_do: false,
  options: [],
}

/**
 * Reads an answer.
 * @returns undefined for one that belongs to another question: late, or forged
 * @throws DnsError for what is no DNS message
 */
export function decodeAnswer(bytes: Buffer, question: DnsQuestion): DnsMessage | undefined {
  if (bytes.length < headerBytes) throw new DnsError('bad DNS message: shorter than its header')
  const flags = bytes.readUInt16BE(2)
  if (bytes.readUInt16BE(0) !== question.id || (flags & isResponse) === 0) return undefined
  // What was cut off in the middle need not be readable; it is asked for again anyway.
  if ((flags & packet.TRUNCATED_RESPONSE) !== 0) {
    return { rcode: 'NOERROR', isTruncated: true, answers: [] }
  }
  const message = decode(bytes)
  const [asked] = message.questions ?? []
  if (asked !== undefined && !isSame(asked, question)) return undefined
  return { rcode: rcodeOf(message), isTruncated: false, answers: message.answers ?? [] }
}

/** With EDNS0 the upper bits of the code stand elsewhere; what they mean is never good. */
function rcodeOf(message: DecodedPacket): string {
  const options = message.additionals?.find((record) => record.type === 'OPT')
  if (options !== undefined && options.extendedRcode !== 0) return 'EXTENDED'
  return (message as DecodedPacket & { readonly rcode: string }).rcode
}

function decode(bytes: Buffer): DecodedPacket {
  try {
    return packet.decode(bytes)
  } catch (error) {
    throw new DnsError(`bad DNS message: ${String(error)}`, { cause: error })
  }
}

function isSame(
  asked: { readonly name: string; readonly type: string },
  question: DnsQuestion,
): boolean {
  return asked.type === question.type && bare(asked.name) === bare(question.name)
}

function bare(name: string): string {
  return name.replace(/\.$/, '').toLowerCase()
}
