import { goQuote } from '../../go/quote.js'
import { OciKeyError } from './errors.js'

/** The names that some regions had at first; their instances still say them. */
const oldNames: Readonly<Record<string, string>> = {
  phx: 'us-phoenix-1',
  iad: 'us-ashburn-1',
  fra: 'eu-frankfurt-1',
  lhr: 'uk-london-1',
}

/** Regions that are not below oraclecloud.com: https://docs.oracle.com/en-us/iaas/Content/General/Concepts/regions.htm */
const otherDomains: readonly (readonly [regions: RegExp, domain: string])[] = [
  [/^us-(?:langley|luke|gov)-/, 'oraclegovcloud.com'],
  [/^uk-gov-/, 'oraclegovcloud.uk'],
  [/^eu-(?:frankfurt|madrid)-2$/, 'oraclecloud.eu'],
  [/^ap-(?:chiyoda|ibaraki)-/, 'oraclecloud8.com'],
  [/^me-dcc-muscat-/, 'oraclecloud9.com'],
  [/^ap-dcc-canberra-/, 'oraclecloud10.com'],
  [/^eu-dcc-(?:milan|dublin|rating)-/, 'oraclecloud14.com'],
  [/^ap-dcc-gazipur-/, 'oraclecloud15.com'],
  [/^eu-jovanovac-/, 'oraclecloud20.com'],
  [/^me-dcc-doha-/, 'oraclecloud21.com'],
  [/^us-(?:somerset|thames)-/, 'oraclecloud23.com'],
  [/^eu-(?:dcc-zurich|crissier)-/, 'oraclecloud24.com'],
  [/^me-(?:abudhabi-3|alain-1)$/, 'oraclecloud26.com'],
  [/^me-abudhabi-[24]$/, 'oraclecloud29.com'],
  [/^ap-(?:seoul-2|suwon-1|chuncheon-2)$/, 'oraclecloud35.com'],
]

/** The services that are asked: for tokens, for instances and networks, for compartments. */
export type OciService = 'auth' | 'iaas' | 'identity'

/**
 * The URL of a service in a region, without a slash at its end.
 * @throws {OciKeyError} for a region that cannot be part of a host name
 */
export function endpointOf(service: OciService, given: string): string {
  const region = oldNames[given.toLowerCase()] ?? given.toLowerCase()
  if (!/^[a-z0-9-]{1,63}$/.test(region)) {
    throw new OciKeyError(`${goQuote(given)} is not the name of an OCI region`)
  }
  const domain = otherDomains.find(([regions]) => regions.test(region))?.[1] ?? 'oraclecloud.com'
  const below = service === 'identity' ? `oci.${domain}` : domain
  return `https://${service}.${region}.${below}`
}
