import { Buffer } from 'node:buffer'

/** A label of a name, and the byte of its length, have this many bytes at most. */
const mostInLabel = 63
const mostInName = 255
const pointer = 0xc0

/**
 * Whether a name as text is complete: it ends in a dot, and that dot is not a part of its last label (`x\.`).
 */
export function isComplete(name: string): boolean {
  const backslashes = /(\\*)\.$/.exec(name)?.[1]
  return backslashes !== undefined && backslashes.length % 2 === 0
}

/**
 * The bytes of a name. In the text, as zone files and miekg/dns have it, `\` takes the meaning from the
 * character behind it, and three digits behind it are a byte.
 * @returns undefined for a name that DNS cannot carry
 */
export function encodeName(name: string): Buffer | undefined {
  const labels: number[][] = []
  let label: number[] = []
  const text = Buffer.from(isComplete(name) ? name : `${name}.`)
  if (text.length === 1) return Buffer.of(0)
  for (let at = 0; at < text.length; at += 1) {
    const byte = text[at] ?? 0
    if (byte === dot) {
      if (label.length === 0 || label.length > mostInLabel) return undefined
      labels.push(label)
      label = []
      continue
    }
    if (byte !== backslash) {
      label.push(byte)
      continue
    }
    const digits = /^[0-9]{3}/.exec(text.toString('latin1', at + 1, at + 4))?.[0]
    if (digits === undefined) {
      at += 1
      label.push(text[at] ?? 0)
    } else {
      at += 3
      label.push(Number(digits) & 0xff)
    }
  }
  const bytes = Buffer.from([...labels.flatMap((own) => [own.length, ...own]), 0])
  return bytes.length > mostInName ? undefined : bytes
}

/**
 * A name of a message as text, complete: what is special in a zone file has a backslash before it, and a
 * byte that is not printable ASCII is three digits.
 * @param start where it begins
 * @throws {RangeError} for half of a name, or one that leads in a circle
 */
export function readName(message: Buffer, start: number): string {
  let name = ''
  let at = start
  let read = 0
  for (;;) {
    const length = message.readUInt8(at)
    if (length === 0) return name === '' ? '.' : name
    if ((length & pointer) === pointer) {
      const to = message.readUInt16BE(at) & 0x3fff
      if (to >= at) throw new RangeError('a name leads forwards')
      at = to
    } else {
      for (const byte of message.subarray(at + 1, at + 1 + length)) name += written(byte)
      name += '.'
      at += 1 + length
    }
    read += 1 + length
    if (read > mostInName * mostInLabel) throw new RangeError('a name leads in a circle')
  }
}

/** Where the answer of each record begins, after its name, type, class, time to live and length. */
export function answerData(message: Buffer): readonly number[] {
  const [questions, answers] = [message.readUInt16BE(4), message.readUInt16BE(6)]
  let at = 12
  for (let i = 0; i < questions; i += 1) at = endOfName(message, at) + 4
  const starts: number[] = []
  for (let i = 0; i < answers; i += 1) {
    const start = endOfName(message, at) + 10
    starts.push(start)
    at = start + message.readUInt16BE(start - 2)
  }
  return starts
}

function endOfName(message: Buffer, start: number): number {
  let at = start
  for (;;) {
    const length = message.readUInt8(at)
    if (length === 0) return at + 1
    if ((length & pointer) === pointer) return at + 2
    at += 1 + length
  }
}

const [dot, backslash] = [0x2e, 0x5c]
const special: ReadonlySet<string> = new Set('. \'@;()"\\')

function written(byte: number): string {
  const character = String.fromCharCode(byte)
  if (special.has(character)) return `\\${character}`
  const isPrintable = byte >= 0x20 && byte <= 0x7e
  return isPrintable ? character : `\\${String(byte).padStart(3, '0')}`
}
