import { createPrivateKey, generateKeyPair, X509Certificate } from 'node:crypto'
import { promisify } from 'node:util'
import { type Environment, redactUrl, statusLine } from '../../http/index.js'
import { type Api, readJson } from '../kit/api.js'
import { sendOnce } from '../kit/send-once.js'
import * as json from '../kit/shape.js'
import { OciKeyError } from './errors.js'
import { endpointOf } from './region.js'
import { type SigningKey, signRequest } from './signature.js'

// An instance shows the certificate that Oracle has given it, and gets a token for a key of its own.
// https://docs.oracle.com/en-us/iaas/Content/Identity/Tasks/callingservicesfrominstances.htm

const metadata = 'http://169.254.169.254/opc/v2'

/** A token is renewed this long before it expires; milliseconds. */
const renewAheadMs = 300_000

const answerShape = json.object({ token: json.text })
const claimsShape = json.object({ exp: json.float })

/** What an instance may use of the outside. */
export interface InstanceOptions {
  readonly env: Environment
  readonly userAgent: string
  /** Unix milliseconds. */
  readonly now: () => number
}

/** The key of an instance, and whose it is. */
export interface InstanceKey extends SigningKey {
  readonly tenancy: string
}

interface Session extends InstanceKey {
  /** Unix milliseconds. */
  readonly expiresAt: number
}

/** The keys of this instance, one after the other. */
export class InstancePrincipal {
  readonly #options: InstanceOptions
  #session: Session | undefined

  constructor(options: InstanceOptions) {
    this.#options = options
  }

  /**
   * The key to sign with now. One that cannot be renewed is used until it expires.
   * @throws {OciKeyError} where this is not an instance of Oracle's cloud, {@link HttpError} for a token that is refused
   */
  async key(api: Api): Promise<InstanceKey> {
    const { now } = this.#options
    const session = this.#session
    if (session !== undefined && now() < session.expiresAt - renewAheadMs) return session
    try {
      this.#session = await this.#renewed(api)
      return this.#session
    } catch (error) {
      if (session === undefined || now() >= session.expiresAt || api.signal.aborted) throw error
      return session
    }
  }

  /** Oracle has refused the key: the next poll gets another one. */
  refused(): void {
    this.#session = undefined
  }

  async #renewed(api: Api): Promise<Session> {
    const region = (await this.#ask('instance/region', api.signal)).trim()
    const leaf = certificateOf(await this.#ask('identity/cert.pem', api.signal))
    const leafKey = keyOf(await this.#ask('identity/key.pem', api.signal))
    const intermediate = certificateOf(await this.#ask('identity/intermediate.pem', api.signal))
    const tenancy = tenancyOf(leaf)
    const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', {
      modulusLength: 2048,
    })
    const body = JSON.stringify({
      certificate: leaf.raw.toString('base64'),
      publicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
      intermediateCertificates: [intermediate.raw.toString('base64')],
      fingerprintAlgorithm: 'SHA256',
    })
    const fingerprint = leaf.fingerprint256.toLowerCase()
    const signer = { keyId: `${tenancy}/fed-x509-sha256/${fingerprint}`, key: leafKey }
    const url = new URL(`${endpointOf('auth', region)}/v1/x509`)
    const headers = signRequest(
      { method: 'POST', url, body, now: this.#options.now() },
      signer,
      false,
    )
    const answer = await api.ask(url.href, { method: 'POST', headers, body })
    const { token } = readJson(answerShape, answer, api.maxWeight)
    return { keyId: `ST$${token}`, key: privateKey, tenancy, expiresAt: expiryOf(token) }
  }

  /** Asks the instance about itself, which no proxy can do. */
  async #ask(path: string, signal: AbortSignal): Promise<string> {
    const { env, userAgent } = this.#options
    const base = (env['OCI_METADATA_BASE_URL'] || metadata).replace(/\/+$/, '')
    const url = `${base}/${path}`
    const headers = { authorization: 'Bearer Oracle' }
    const answer = await sendOnce({ url, headers }, { env, userAgent, signal }).catch(
      (error: unknown) => {
        if (signal.aborted) throw error
        const reason = error instanceof Error ? error.message : String(error)
        const message = `no metadata of an instance of Oracle's cloud: ${reason}`
        throw new OciKeyError(message, { cause: error })
      },
    )
    if (answer.status === 200) return answer.body.toString('utf8')
    throw new OciKeyError(`${redactUrl(answer.url)}: ${statusLine(answer)}`)
  }
}

function certificateOf(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch (error) {
    throw new OciKeyError('the certificate of this instance cannot be read', { cause: error })
  }
}

function keyOf(pem: string): SigningKey['key'] {
  try {
    return createPrivateKey(pem)
  } catch {
    throw new OciKeyError('the key of the certificate of this instance cannot be read')
  }
}

/** The tenancy that a certificate is of: `OU=opc-tenant:ocid1.tenancy...` in its subject. */
function tenancyOf({ subject }: X509Certificate): string {
  const [, found = ''] =
    /=opc-tenant:(\S+)$/m.exec(subject) ?? /=opc-identity:(\S+)$/m.exec(subject) ?? []
  if (found !== '') return found
  throw new OciKeyError('the certificate of this instance names no tenancy')
}

/** When a token expires; Unix milliseconds. */
function expiryOf(token: string): number {
  const [, claims = ''] = token.split('.')
  try {
    const { exp } = claimsShape.read(JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')))
    if (exp > 0) return exp * 1000
  } catch {
    // Said below: the parser's message would quote the token.
  }
  throw new OciKeyError('the token that Oracle has given to this instance cannot be read')
}
