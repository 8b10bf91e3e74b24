import {
  constants,
  createHash,
  createPrivateKey,
  type KeyObject,
  randomUUID,
  sign,
  X509Certificate,
} from 'node:crypto'
import { goQuote } from '../../go/quote.js'
import { reasonOf } from '../kit/surroundings.js'
import { tokenOf } from './token-answer.js'
import { AzureCredentialsError, type Token, type Ways } from './ways.js'

// An application of Microsoft Entra gets a token by its secret, by a certificate, or by the token of another issuer
// that it trusts. https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow

/** The application that asks, and for whom. */
export interface Application {
  /** `https://login.microsoftonline.com` */
  readonly authority: string
  readonly tenant: string
  readonly client: string
  /** Whom the token is for. */
  readonly audience: string
}

/** Gets a token by the secret of the application. @throws {HttpError} where it is refused */
export function signInBySecret(
  ways: Ways,
  application: Application,
  secret: string,
): Promise<Token> {
  return signIn(ways, application, { client_secret: secret })
}

/** Gets a token by the token of a pod, which another issuer has signed. @throws {HttpError} where it is refused */
export function signInByAssertion(
  ways: Ways,
  application: Application,
  token: string,
): Promise<Token> {
  return signIn(ways, application, {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: token,
  })
}

/** The certificate of an application, and its key. */
export interface ClientCertificate {
  /** Its own certificate first. */
  readonly chain: readonly X509Certificate[]
  readonly key: KeyObject
  /** Sends the whole chain, which applications need that trust a subject and an issuer. */
  readonly sendsChain: boolean
}

/** Gets a token by a certificate of the application. @throws {HttpError} where it is refused */
export function signInByCertificate(
  ways: Ways,
  application: Application,
  certificate: ClientCertificate,
): Promise<Token> {
  return signInByAssertion(ways, application, assertionOf(ways, application, certificate))
}

async function signIn(
  { send, now }: Ways,
  application: Application,
  proof: Readonly<Record<string, string>>,
): Promise<Token> {
  const { client, audience } = application
  const form = {
    client_id: client,
    scope: `${audience}/.default`,
    grant_type: 'client_credentials',
    ...proof,
  }
  const answer = await send({
    url: tokenUrl(application),
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
    secrets: Object.values(proof),
  })
  return tokenOf(answer, `client ${client} cannot sign in`, now())
}

/** @throws {AzureCredentialsError} for a tenant that would lead elsewhere */
function tokenUrl({ authority, tenant }: Application): string {
  if (/^[-.\w]+$/.test(tenant) && !/^\.+$/.test(tenant)) {
    return `${authority}/${tenant}/oauth2/v2.0/token`
  }
  throw new AzureCredentialsError(`${goQuote(tenant)} is not the id or a domain of a tenant`)
}

const assertionSeconds = 600

/** https://learn.microsoft.com/entra/identity-platform/certificate-credentials */
function assertionOf(
  { now }: Ways,
  application: Application,
  { chain, key, sendsChain }: ClientCertificate,
): string {
  const [own] = chain
  if (own === undefined) throw new AzureCredentialsError('the client certificate is missing')
  const issued = Math.floor(now() / 1000)
  const header = {
    alg: 'PS256',
    typ: 'JWT',
    'x5t#S256': createHash('sha256').update(own.raw).digest('base64url'),
    ...(sendsChain ? { x5c: chain.map(({ raw }) => raw.toString('base64')) } : {}),
  }
  const claims = {
    aud: tokenUrl(application),
    iss: application.client,
    sub: application.client,
    jti: randomUUID(),
    nbf: issued,
    iat: issued,
    exp: issued + assertionSeconds,
  }
  const content = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
  const signature = sign('sha256', Buffer.from(content), { key, ...padding })
  return `${content}.${signature.toString('base64url')}`
}

/**
 * Reads a file with the certificate of an application and its RSA key, in PEM.
 * @param password of the key; empty for none
 * @throws {AzureCredentialsError} where it has not both
 */
export function certificateIn(
  pem: string,
  file: string,
  password: string,
): Pick<ClientCertificate, 'chain' | 'key'> {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  if (blocks.length === 0) {
    throw new AzureCredentialsError(
      `${file} has no certificate in PEM: make one of a .pfx by openssl pkcs12 -in FILE -out FILE.pem -nodes`,
    )
  }
  try {
    const key = createPrivateKey({ key: pem, ...(password === '' ? {} : { passphrase: password }) })
    const chain = blocks.map((block) => new X509Certificate(block))
    const own = chain.find((one) => one.checkPrivateKey(key))
    if (own === undefined)
      throw new AzureCredentialsError('no certificate in it belongs to its key')
    return { key, chain: [own, ...chain.filter((one) => one !== own)] }
  } catch (error) {
    // OpenSSL's text names the format, never the key.
    throw new AzureCredentialsError(`${file}: ${reasonOf(error)}`, { cause: error })
  }
}
