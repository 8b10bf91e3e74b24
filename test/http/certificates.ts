import type { TlsOptions } from 'node:tls'
import { type Certificate, issue, type Issued, newKey } from '../helpers/pki/issue.js'

/** A TLS server, a client's `tls_config`, and whether the client takes the server. */
export interface TlsCase {
  readonly title: string
  readonly server: TlsOptions
  /** The host in the URL. */
  readonly host: string
  /** The keys of `tls_config`, in flow style. */
  readonly config: string
  readonly isTaken: boolean
  /** Whether muster takes it, where that is something else on purpose. */
  readonly isTakenHere: boolean
}

type Case = Omit<TlsCase, 'isTaken' | 'isTakenHere'>

const both = ['DNS:localhost', 'IP:127.0.0.1']

interface More {
  readonly host?: string
  readonly config?: string
  readonly server?: TlsOptions
}

/** @param ca what is in `ca_file`; undefined for no such key */
function tlsCase(
  title: string,
  chain: readonly Issued[],
  ca: readonly Issued[] | string | undefined,
  { host = '127.0.0.1', config = '', server = {} }: More = {},
): Case {
  const text = typeof ca === 'string' ? ca : ca?.map(({ pem }) => pem).join('')
  const trusted = text === undefined ? [] : [`ca: ${JSON.stringify(text)}`]
  return {
    title,
    host,
    config: [...trusted, ...(config === '' ? [] : [config])].join(', '),
    server: {
      cert: chain.map(({ pem }) => pem).join(''),
      key: chain[0]?.keyPem ?? '',
      // The servers use what clients are to refuse.
      ciphers: 'DEFAULT@SECLEVEL=0',
      ...server,
    },
  }
}

const root = issue({ name: 'root', ca: true, keyUsage: [5, 6] })
const stranger = issue({ name: 'stranger', ca: true })
const middle = issue({ name: 'middle', issuer: root, ca: true, keyUsage: [5] })
const under = issue({ name: 'under', issuer: middle, names: both })

function leaf(made: Certificate = {}): Issued {
  return issue({ name: 'leaf', issuer: root, names: both, ...made })
}

/** A certificate of an authority that is in `ca_file`. */
function signed(title: string, made: Certificate, more?: More): Case {
  return tlsCase(title, [leaf(made)], [root], more)
}

/** One whose common name is all that it has. */
function commonName(title: string, name: string, names?: readonly string[], host = name): Case {
  const chain = [issue({ name, issuer: root, ...(names && { names }) })]
  return tlsCase(title, chain, [root], { host })
}

function named(san: string, name: string): Case {
  const title = `the name ${JSON.stringify(san)} for ${name}`
  return signed(title, { names: [san] }, { config: `server_name: ${JSON.stringify(name)}` })
}

/** A server's own certificate in `ca_file`. */
function own(title: string, made: Certificate, more?: More): Case {
  const self = issue({ name: 'self', names: both, ...made })
  return tlsCase(`its own certificate in ca_file, ${title}`, [self], [self], more)
}

/** A certificate of an authority that is as told. */
function authority(title: string, made: Certificate, server: Certificate = {}): Case {
  const issuer = issue({ name: 'authority', ...made })
  return tlsCase(title, [issue({ name: 'leaf', issuer, names: both, ...server })], [issuer])
}

/** A chain of three, whose middle one is sent; what is trusted is the first, or the middle one. */
function chainOf(title: string, made: Certificate, top: Certificate = {}, trust?: 'middle'): Case {
  const first = issue({ name: 'top', ca: true, ...top })
  const second = issue({ name: 'second', issuer: first, ca: true, ...made })
  const chain = [issue({ issuer: second, names: both }), second]
  return tlsCase(title, chain, [trust === undefined ? first : second])
}

function authorityFile(title: string, text: string): Case {
  return tlsCase(`ca_file with ${title}`, [leaf()], text)
}

function versions(title: string, server: TlsOptions, config = ''): Case {
  return tlsCase(title, [leaf()], [root], { server, config })
}

const past: Certificate = { from: -3, to: -1 }
const future: Certificate = { from: 1, to: 3 }
const signingOnly: Certificate = { ca: true, keyUsage: [5, 6] }

function namesakes(): Case {
  const other = issue({ name: 'root', ca: true })
  const third = issue({ name: 'root', ca: true })
  return tlsCase('three authorities of one name in ca_file', [leaf()], [other, root, third])
}

function renewedMiddle(): readonly Case[] {
  const old = issue({ name: 'middle', issuer: root, ca: true, ...past })
  const renewed = issue({ name: 'middle', issuer: root, ca: true, key: old.key })
  const server = issue({ issuer: old, names: both })
  return [
    tlsCase('an expired intermediate, and the new one', [server, old, renewed], [root]),
    tlsCase('an expired intermediate, the new one in ca_file', [server, old], [root, renewed]),
  ]
}

function expiredMiddle(): readonly Case[] {
  const old = issue({ name: 'middle', issuer: root, ca: true, ...past })
  const server = issue({ issuer: old, names: both })
  return [
    tlsCase('an expired intermediate', [server, old], [root]),
    tlsCase('an expired intermediate in ca_file', [server], [old]),
  ]
}

function sameKeyOrName(): readonly Case[] {
  const self = issue({ name: 'self', names: both })
  const signing = issue({ name: 'self', names: both, ...signingOnly })
  return [
    tlsCase(
      'another certificate of its name in ca_file',
      [self],
      [issue({ name: 'self', names: both })],
    ),
    tlsCase(
      'another certificate of its key in ca_file',
      [self],
      [issue({ name: 'self', names: both, key: self.key })],
    ),
    tlsCase(
      'another certificate of its name for signing in ca_file',
      [signing],
      [issue({ name: 'self', names: both, ...signingOnly })],
    ),
    tlsCase('a certificate for signing, and another authority', [signing], [root]),
  ]
}

const oldRoot = issue({ name: 'old', ca: true, ...past })
const newRoot = issue({ name: 'new', ca: true, ...future })
const bare = issue({ name: 'localhost' })
const forSigning = leaf({ keyUsage: [5] })

/** The file of an authority without its line ends, but for those of the first and the last line. */
const oneLine = root.pem.replace(/(?<!-----)\n(?!-----)/g, '')
const badBlock = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'

const taken: readonly Case[] = [
  signed('a name and an address', {}),
  tlsCase('no check at all', [leaf()], undefined, { config: 'insecure_skip_verify: true' }),
  tlsCase('no check at all of a common name', [issue({ name: 'localhost' })], undefined, {
    config: 'insecure_skip_verify: true',
  }),

  named('IP:::1', '::1'),
  named('IP:::1', '[::1]'),
  named('IP:::1', '0:0:0:0:0:0:0:1'),
  named('IP:127.0.0.1', '::ffff:127.0.0.1'),
  named('DNS:*.muster.test', 'a.muster.test'),
  named('DNS:*.muster.test', 'A.MUSTER.TEST'),
  named('DNS:*.muster.test', 'a.muster.test.'),
  named('DNS:*.muster.test', 'a_b.muster.test'),
  named('DNS:*.muster.test', '_a.muster.test'),
  named('DNS:*.test', 'a.test'),
  named('DNS:A.MUSTER.test', 'a.muster.test'),
  named('DNS:a.muster.test', 'a.muster.test.'),
  named('DNS:a.muster.test.', 'a.muster.test.'),
  named('DNS:-a.muster.test', '-a.muster.test'),
  named('DNS:xn--bcher-kva.test', 'xn--bcher-kva.test'),
  named('DNS:a..test', 'a..test'),
  named('DNS:a b.test', 'a b.test'),
  named('DNS:.muster.test', '.muster.test'),

  tlsCase('an intermediate that is sent', [under, middle], [root]),
  tlsCase('an intermediate that is in ca_file with its root', [under], [root, middle]),
  tlsCase('an intermediate that is in ca_file alone', [under], [middle]),
  tlsCase('an intermediate that is sent, and in ca_file alone', [under, middle], [middle]),
  tlsCase('a chain with its root', [under, middle, root], [root]),
  tlsCase('a chain in another order', [under, root, middle], [root]),
  tlsCase('a chain with strangers', [under, stranger, middle], [root]),
  tlsCase('its own certificate in ca_file, of an authority', [under], [under]),
  tlsCase('its own certificate in ca_file, with a chain', [under, middle], [under]),
  ...renewedMiddle(),
  tlsCase(
    'an expired root of the same key',
    [leaf()],
    [issue({ name: 'root', ca: true, key: root.key, ...past }), root],
  ),
  namesakes(),

  own('for nothing special', {}),
  own('no authority', { ca: false }),
  own('an authority', { ca: true }),
  own('for signing only', signingOnly),
  own('for signing only, and for servers', { ...signingOnly, usages: ['server'] }),
  own('for signing only, by server_name', signingOnly, { config: 'server_name: localhost' }),
  own('for signatures', { keyUsage: [0] }),
  own('for servers', { usages: ['server'] }),
  own('for any use', { usages: ['any'] }),
  own('without a common name', { name: '' }),
  own('signed with SHA-1', { hash: 'sha1', key: newKey(2048) }),
  own('of RSA 1024', { key: newKey(1024) }),
  own('of Ed25519', { key: newKey('ed25519') }),
  own('of P-384', { key: newKey('P-384'), hash: 'sha384' }),
  own('of P-521', { key: newKey('P-521') }),
  tlsCase(
    'its own certificate in ca_file, for signing only, of an authority',
    [forSigning],
    [forSigning],
  ),

  authority('an authority without key usages', { ca: true }),
  authority('an authority of X.509 version 1', { version: 1 }),
  authority('an authority for servers', { ca: true, usages: ['server'] }),
  authority('an authority signed with MD5', { ca: true, key: newKey(2048), hash: 'md5' }),
  authority('a key of RSA 1024', { ca: true }, { key: newKey(1024) }),
  authority(
    'a certificate for servers and clients',
    { ca: true },
    { usages: ['server', 'client'] },
  ),
  authority('a certificate for encipherment', { ca: true }, { keyUsage: [2] }),
  authority('names that its authority may sign', { ca: true, permitted: ['DNS:localhost'] }),
  authority('names that its authority may sign but for others', {
    ca: true,
    excluded: ['DNS:other'],
  }),
  chainOf('an intermediate for servers', { usages: ['server'] }),
  chainOf('a path of the allowed length', {}, { ca: 1 }),
  chainOf('an intermediate signed with SHA-1 in ca_file', { hash: 'sha1' }, {}, 'middle'),

  authorityFile('text around', `hello\n${root.pem}bye`),
  authorityFile(
    'other blocks',
    `${root.keyPem}${root.pem}-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n`,
  ),
  authorityFile('a certificate twice', root.pem + root.pem),
  authorityFile('the line ends of Windows', root.pem.replaceAll('\n', '\r\n')),
  authorityFile('no line end', root.pem.trimEnd()),
  authorityFile('a block that is no certificate', badBlock + root.pem),
  authorityFile('a block that does not end', `-----BEGIN CERTIFICATE-----\nAAAA\n${root.pem}`),
  authorityFile('one line', oneLine),
  authorityFile('blanks at the ends of lines', root.pem.replaceAll('\n', ' \n')),

  versions('TLS 1.2', { maxVersion: 'TLSv1.2' }),
  versions(
    'TLS 1.0 that is allowed',
    { minVersion: 'TLSv1', maxVersion: 'TLSv1' },
    'min_version: TLS10',
  ),
  versions('P-521 for a curve', { ecdhCurve: 'P-521' }),
]

const refused: readonly Case[] = [
  tlsCase('no authority in the config', [leaf()], undefined),
  tlsCase('another authority', [leaf()], [stranger]),

  commonName('a common name alone', 'localhost'),
  commonName('an address as common name alone', '127.0.0.1'),
  commonName('a common name and an email address', 'localhost', ['email:a@b']),
  commonName('a common name and another name', 'localhost', ['DNS:other']),
  commonName('a common name and an address', 'localhost', ['IP:127.0.0.1']),
  signed('a URI for a name', { names: ['URI:https://localhost/'] }, { host: 'localhost' }),
  signed('a name for an address', { names: ['DNS:127.0.0.1'] }),
  signed('another address', { names: ['IP:127.0.0.2'] }),
  signed('no names', { names: [] }, { host: 'localhost' }),
  named('DNS:*.muster.test', 'a.b.muster.test'),
  named('DNS:*.muster.test', 'muster.test'),
  named('DNS:*.muster.test', '-a.muster.test'),
  named('DNS:*.muster.test', 'a:80.muster.test'),
  named('DNS:*', 'localhost'),
  named('DNS:f*.muster.test', 'foo.muster.test'),
  named('DNS:*f.muster.test', 'of.muster.test'),
  named('DNS:a.*.test', 'a.b.test'),
  named('DNS:*.*.test', 'a.b.test'),
  named('DNS:a.muster.test.', 'a.muster.test'),
  named('DNS:xn--bcher-kva.test', 'bücher.test'),
  named('DNS:.muster.test', 'a.muster.test'),
  named('DNS:a, DNS:localhost', 'localhost'),
  named('DNS:a.test\0.evil.test', 'a.test'),
  named('DNS:"a.test', 'a.test'),

  signed('an expired certificate', past),
  signed('a certificate that is not valid yet', future),
  tlsCase('an expired root', [issue({ issuer: oldRoot, names: both })], [oldRoot]),
  tlsCase('a root that is not valid yet', [issue({ issuer: newRoot, names: both })], [newRoot]),
  ...expiredMiddle(),
  tlsCase('a missing intermediate', [under], [root]),
  tlsCase('a chain to another root', [under, middle, root], [stranger]),

  own('for clients', { usages: ['client'] }),
  own('expired', past),
  own('not valid yet', future),
  own('of another name', { names: ['DNS:other'] }),
  own('with an unknown critical extension', { critical: true }),
  own('for signing only and clients', { ...signingOnly, usages: ['client'] }),
  own('for signing only and expired', { ...signingOnly, ...past }),
  own('for signing only and not valid yet', { ...signingOnly, ...future }),
  own('for signing only and of another name', { ...signingOnly, names: ['IP:127.0.0.2'] }),
  own('for signing only, by another server_name', signingOnly, { config: 'server_name: other' }),
  tlsCase('its own certificate in ca_file, a common name alone', [bare], [bare], {
    host: 'localhost',
  }),
  ...sameKeyOrName(),

  authority('an authority without basic constraints', {}),
  authority('an authority that is none', { ca: false }),
  authority('an authority for signatures', { ca: true, keyUsage: [0] }),
  authority('an authority for clients', { ca: true, usages: ['client'] }),
  authority('an authority with an unknown critical extension', { ca: true, critical: true }),
  authority('a signature with SHA-1', { ca: true, key: newKey(2048) }, { hash: 'sha1' }),
  authority('a signature of ECDSA with SHA-1', { ca: true }, { hash: 'sha1' }),
  authority('a certificate for clients', { ca: true }, { usages: ['client'] }),
  authority('an unknown critical extension', { ca: true }, { critical: true }),
  authority('names that its authority may not sign', { ca: true, permitted: ['DNS:other'] }),
  authority('an address that its authority may not sign', {
    ca: true,
    excluded: ['IP:127.0.0.0/255.0.0.0'],
  }),
  chainOf('an intermediate that is no authority', { ca: false }),
  chainOf('an intermediate that is no authority in ca_file', { ca: false }, {}, 'middle'),
  chainOf('an intermediate for signatures', { keyUsage: [0] }),
  chainOf('an intermediate for clients', { usages: ['client'] }),
  chainOf('an intermediate for clients in ca_file', { usages: ['client'] }, {}, 'middle'),
  chainOf('a path that is too long', {}, { ca: 0 }),
  chainOf('an intermediate signed with SHA-1', { hash: 'sha1' }),
  chainOf('an intermediate that may not sign the name', { excluded: ['DNS:localhost'] }),
  chainOf('an intermediate in ca_file that may not', { excluded: ['DNS:localhost'] }, {}, 'middle'),

  versions('TLS 1.1', { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' }),
  versions('TLS 1.3 for max_version TLS12', { minVersion: 'TLSv1.3' }, 'max_version: TLS12'),
  versions('TLS 1.2 for min_version TLS13', { maxVersion: 'TLSv1.2' }, 'min_version: TLS13'),
  versions('max_version TLS11 alone', { minVersion: 'TLSv1' }, 'max_version: TLS11'),
]

/** What docs/differences.md says of. */
const refusedHereOnly: readonly Case[] = [
  authority('a certificate for any use', { ca: true }, { usages: ['any'] }),
  authority('a certificate for signing only', { ca: true }, { keyUsage: [5] }),
  authority(
    'a common name that its authority may not sign',
    { ca: true, permitted: ['DNS:localhost'] },
    { name: 'www.other.test', names: ['IP:127.0.0.1'] },
  ),
]

function table(cases: readonly Case[], isTaken: boolean, isTakenHere: boolean): readonly TlsCase[] {
  return cases.map((each) => ({ ...each, isTaken, isTakenHere }))
}

/** Every case of the table. */
export const tlsCases: readonly TlsCase[] = [
  ...table(taken, true, true),
  ...table(refused, false, false),
  ...table(refusedHereOnly, true, false),
]
