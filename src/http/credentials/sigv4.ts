import { createHash, createHmac } from 'node:crypto'

/** Keys of an AWS account. */
export interface AwsKeys {
  readonly accessKey: string
  readonly secretKey: string
  /** Of temporary keys. */
  readonly sessionToken: string | undefined
}

/** What a signature is good for. */
export interface AwsScope {
  /** Whose variant it is, which is in its names: default Amazon's; `OSC` is that of Outscale. */
  readonly vendor?: 'AWS' | 'OSC'
  readonly region: string
  /** The name by which AWS knows the service: `ec2`. */
  readonly service: string
}

const dateHeaders = { AWS: 'x-amz-date', OSC: 'x-osc-date' } as const

/** A request, as far as its signature covers it. */
export interface SignableRequest {
  readonly method: string
  /** With its query. */
  readonly url: URL
  /** By lower-case name; all of them are signed. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * Signs a request: AWS Signature Version 4, or a variant of another vendor.
 * @param now Unix milliseconds; AWS takes no signature older than five minutes
 * @returns the headers to send: those of the request, and those that make the signature
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 * @see https://docs.outscale.com/en/userguide/Signature-of-API-Requests.html
 */
export function signForAws(
  { method, url, headers = {}, body }: SignableRequest,
  { vendor = 'AWS', region, service }: AwsScope,
  { accessKey, secretKey, sessionToken }: AwsKeys,
  now: number,
): Readonly<Record<string, string>> {
  const time = new Date(now).toISOString().replace(/[-:]|\.[0-9]+/g, '')
  const day = time.slice(0, 8)
  const lower = vendor.toLowerCase()
  const sent: Readonly<Record<string, string>> = {
    ...headers,
    [dateHeaders[vendor]]: time,
    ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
  }
  const signed = Object.entries({ ...sent, host: url.host }).sort(byCodePoint)
  const names = signed.map(([name]) => name).join(';')
  const canonical = [
    method,
    canonicalPath(url.pathname),
    canonicalQuery(url.searchParams),
    ...signed.map(([name, value]) => `${name}:${value.trim().replace(/ +/g, ' ')}`),
    '',
    names,
    sha256(body),
  ].join('\n')
  const last = `${lower}4_request`
  const scope = [day, region, service, last].join('/')
  const algorithm = `${vendor}4-HMAC-SHA256`
  const text = [algorithm, time, scope, sha256(canonical)].join('\n')
  const key = [day, region, service, last].reduce<string | Uint8Array>(
    hmac,
    `${vendor}4${secretKey}`,
  )
  const signature = Buffer.from(hmac(key, text)).toString('hex')
  return {
    ...sent,
    authorization: `${algorithm} Credential=${accessKey}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
  }
}

type Pair = readonly [name: string, value: string]

/** By name, and for one name by value. */
function byCodePoint(a: Pair, b: Pair): number {
  const [one, other] = a[0] === b[0] ? [a[1], b[1]] : [a[0], b[0]]
  if (one === other) return 0
  return one < other ? -1 : 1
}

/** Each segment escaped once more than in the URL, as every service but S3 wants it. */
function canonicalPath(path: string): string {
  return path.split('/').map(escaped).join('/')
}

function canonicalQuery(query: URLSearchParams): string {
  return [...query]
    .map(([name, value]): Pair => [escaped(name), escaped(value)])
    .sort(byCodePoint)
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

function escaped(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function hmac(key: string | Uint8Array, text: string): Uint8Array {
  return createHmac('sha256', key).update(text).digest()
}
