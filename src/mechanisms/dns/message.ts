import { Buffer } from 'node:buffer'
import packet, { type Answer, type DecodedPacket } from 'dns-packet'
import type { RecordType } from './section.js'
import { DnsError } from './errors.js'
import { answerData, encodeName, readName } from './names.js'

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
  const bytes = encodeName(name)
  if (bytes === undefined) throw new DnsError(`"${name}" is not a domain name`)
  const head = Buffer.alloc(headerBytes)
  head.writeUInt16BE(id, 0)
  head.writeUInt16BE(packet.RECURSION_DESIRED, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt16BE(edns ? 1 : 0, 10)
  const tail = Buffer.alloc(4)
  tail.writeUInt16BE(types[type], 0)
  tail.writeUInt16BE(internet, 2)
  return Buffer.concat([head, bytes, tail, ...(edns ? [optionsRecord] : [])])
}

/** Names are written by hand: dns-packet knows nothing of a dot within a label. */
const types: Readonly<Record<RecordType, number>> = { A: 1, NS: 2, MX: 15, AAAA: 28, SRV: 33 }
const internet = 1

/** The record of EDNS0: no name, its type, the size where others have a class, no flags and no options. */
const optionsRecord = Buffer.from([0, 0, 41, ednsSize >> 8, ednsSize & 0xff, 0, 0, 0, 0, 0, 0])

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
  return decoded(() => readAnswer(bytes, question))
}

function readAnswer(bytes: Buffer, question: DnsQuestion): DnsMessage | undefined {
  const message = packet.decode(bytes)
  const [asked] = message.questions ?? []
  if (asked !== undefined && !isSame(bytes, asked.type, question)) return undefined
  return { rcode: rcodeOf(message), isTruncated: false, answers: withNames(message, bytes) }
}

/** The answers, with the names that they lead to as miekg/dns writes them: complete and escaped. */
function withNames({ answers = [] }: DecodedPacket, bytes: Buffer): readonly Answer[] {
  const starts = answerData(bytes)
  return answers.map((answer, i) => {
    const start = starts[i] ?? 0
    if (answer.type === 'NS') return { ...answer, data: readName(bytes, start) }
    if (answer.type === 'MX') {
      return { ...answer, data: { ...answer.data, exchange: readName(bytes, start + 2) } }
    }
    if (answer.type !== 'SRV') return answer
    return { ...answer, data: { ...answer.data, target: readName(bytes, start + 6) } }
  })
}

/** With EDNS0 the upper bits of the code stand elsewhere; what they mean is never good. */
function rcodeOf(message: DecodedPacket): string {
  const options = message.additionals?.find((record) => record.type === 'OPT')
  if (options !== undefined && options.extendedRcode !== 0) return 'EXTENDED'
  return (message as DecodedPacket & { readonly rcode: string }).rcode
}

function decoded<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new DnsError(`bad DNS message: ${String(error)}`, { cause: error })
  }
}

function isSame(bytes: Buffer, type: string, question: DnsQuestion): boolean {
  const own = encodeName(question.name)
  if (type !== question.type || own === undefined) return false
  // A server may write letters of a name in another case.
  return readName(bytes, headerBytes).toLowerCase() === readName(own, 0).toLowerCase()
}
