import {
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto'
import net from 'node:net'

/** A certificate and its key. */
export interface Issued {
  readonly pem: string
  readonly key: KeyObject
  /** The key as PKCS#8. */
  readonly keyPem: string
  readonly name: string
}

/** What a certificate says. Whatever is left out is not in it. */
export interface Certificate {
  /** Its common name. */
  readonly name?: string
  /** Default: itself. */
  readonly issuer?: Issued
  readonly key?: KeyObject
  /** `DNS:a`, `IP:127.0.0.1`, `email:a@b`, `URI:a:b`. */
  readonly names?: readonly string[]
  /** Basic constraints; with a number, the length of the path too. */
  readonly ca?: boolean | number
  /** Bits of RFC 5280: 0 digitalSignature, 2 keyEncipherment, 5 keyCertSign, 6 cRLSign. */
  readonly keyUsage?: readonly number[]
  /** Extended key usage: `server`, `client`, `any`. */
  readonly usages?: readonly (keyof typeof usageIds)[]
  /** Days from now. */
  readonly from?: number
  readonly to?: number
  readonly hash?: 'md5' | 'sha1' | 'sha256' | 'sha384'
  /** Names as in `names`, of networks with their mask as another address: `IP:10.0.0.0/255.0.0.0`. */
  readonly permitted?: readonly string[]
  readonly excluded?: readonly string[]
  /** An unknown extension that must be understood. */
  readonly critical?: true
  readonly version?: 1
}

const usageIds = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2', any: '2.5.29.37.0' }

const rsaIds = { md5: 4, sha1: 5, sha256: 11, sha384: 12 }
const ecIds = { md5: '', sha1: '1', sha256: '3.2', sha384: '3.3' }

function tlv(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  const { length } = body
  const head =
    length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...head]), body])
}

const sequence = (...parts: readonly Buffer[]): Buffer => tlv(0x30, ...parts)
const octets = (...parts: readonly Buffer[]): Buffer => tlv(0x04, ...parts)
const bits = (bytes: Buffer, unused = 0): Buffer => tlv(0x03, Buffer.from([unused]), bytes)
const yes = Buffer.from([0x01, 0x01, 0xff])

function oid(text: string): Buffer {
  const [a = 0, b = 0, ...rest] = text.split('.').map(Number)
  const bytes = [a * 40 + b]
  for (const part of rest) {
    const digits = [part & 127]
    for (let left = part >> 7; left > 0; left >>= 7) digits.unshift((left & 127) | 128)
    bytes.push(...digits)
  }
  return tlv(0x06, Buffer.from(bytes))
}

function distinguished(name: string): Buffer {
  if (name === '') return sequence()
  return sequence(tlv(0x31, sequence(oid('2.5.4.3'), tlv(0x0c, Buffer.from(name)))))
}

function time(days: number): Buffer {
  const text = new Date(Date.now() + days * 86_400_000).toISOString().replace(/[-:T]|\.\d+/g, '')
  return tlv(0x18, Buffer.from(text))
}

function octetsOf(ip: string): number[] {
  if (net.isIPv4(ip)) return ip.split('.').map(Number)
  return [...Array.from({ length: 15 }, () => 0), Number(ip.replace('::', ''))]
}

function address(text: string): Buffer {
  return Buffer.from(text.split('/').flatMap(octetsOf))
}

function generalName(written: string): Buffer {
  const [, kind = '', value = ''] = /^(\w+):(.*)$/s.exec(written) ?? []
  if (kind === 'IP') return tlv(0x87, address(value))
  return tlv({ email: 0x81, DNS: 0x82, URI: 0x86 }[kind] ?? 0, Buffer.from(value))
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  return sequence(oid(id), ...(critical ? [yes] : []), octets(value))
}

function basicConstraints(ca: boolean | number): Buffer {
  if (ca === false) return sequence()
  return sequence(yes, ...(ca === true ? [] : [tlv(0x02, Buffer.from([ca]))]))
}

function subtrees(tag: number, names: readonly string[] | undefined): readonly Buffer[] {
  return names === undefined ? [] : [tlv(tag, ...names.map((name) => sequence(generalName(name))))]
}

function extensions(made: Certificate): readonly Buffer[] {
  const { names, ca, keyUsage, usages, permitted, excluded, critical } = made
  const all: Buffer[] = []
  if (ca !== undefined) all.push(extension('2.5.29.19', basicConstraints(ca), true))
  if (names !== undefined) all.push(extension('2.5.29.17', sequence(...names.map(generalName))))
  if (keyUsage !== undefined) {
    const byte = keyUsage.reduce((sum, bit) => sum | (0x80 >> bit), 0)
    let unused = 0
    while (unused < 7 && ((byte >> unused) & 1) === 0) unused += 1
    all.push(extension('2.5.29.15', bits(Buffer.from([byte]), unused), true))
  }
  if (usages !== undefined) {
    all.push(extension('2.5.29.37', sequence(...usages.map((usage) => oid(usageIds[usage])))))
  }
  if (permitted ?? excluded) {
    const value = sequence(...subtrees(0xa0, permitted), ...subtrees(0xa1, excluded))
    all.push(extension('2.5.29.30', value, true))
  }
  if (critical) all.push(extension('1.2.3.4.5', octets(Buffer.from('x')), true))
  return all
}

function algorithm(key: KeyObject, hash: keyof typeof rsaIds): Buffer {
  if (key.asymmetricKeyType === 'ed25519') return sequence(oid('1.3.101.112'))
  return key.asymmetricKeyType === 'rsa'
    ? sequence(oid(`1.2.840.113549.1.1.${String(rsaIds[hash])}`), tlv(0x05))
    : sequence(oid(`1.2.840.10045.4.${ecIds[hash]}`))
}

/** A new key: `P-256`, `P-384`, `P-521`, `ed25519`, or RSA of so many bits. */
export function newKey(kind: string | number = 'P-256'): KeyObject {
  if (typeof kind === 'number')
    return generateKeyPairSync('rsa', { modulusLength: kind }).privateKey
  if (kind === 'ed25519') return generateKeyPairSync('ed25519').privateKey
  return generateKeyPairSync('ec', { namedCurve: kind }).privateKey
}

/** Makes a certificate as it is told, sensible or not. It protects nothing. */
export function issue(made: Certificate = {}): Issued {
  const { name = '', key = newKey(), hash = 'sha256', from = -1, to = 1 } = made
  const signer = made.issuer?.key ?? key
  const signing = algorithm(signer, hash)
  const all = extensions(made)
  const tbs = sequence(
    ...(made.version === 1 ? [] : [tlv(0xa0, tlv(0x02, Buffer.from([2])))]),
    tlv(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    signing,
    distinguished(made.issuer?.name ?? name),
    sequence(time(from), time(to)),
    distinguished(name),
    createPublicKey(key).export({ type: 'spki', format: 'der' }),
    ...(all.length === 0 ? [] : [tlv(0xa3, sequence(...all))]),
  )
  const signature = sign(signer.asymmetricKeyType === 'ed25519' ? null : hash, tbs, signer)
  const der = sequence(tbs, signing, bits(signature))
  const lines = der.toString('base64').replace(/.{64}/g, '$&\n').trimEnd()
  return {
    pem: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key,
    keyPem: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    name,
  }
}
