import { AnswerError } from '../kit/errors.js'
import type { OpenstackConfig } from './section.js'

/** The types of the services that are asked, as the catalogue names them. */
export type Service = 'compute' | 'network' | 'load-balancer'

/** An endpoint of the service catalogue. */
export interface Endpoint {
  /** `compute`. */
  readonly type: string
  /** `public`, `internal` or `admin`. */
  readonly interface: string
  /** The names that its region goes by. */
  readonly regions: readonly string[]
  readonly url: string
}

/** Which of several endpoints of a service is meant. */
export type Choice = Pick<OpenstackConfig, 'availability' | 'region'>

/**
 * The URL below which a service is asked; it ends with a slash.
 * @throws {AnswerError} where the catalogue has none
 */
export function serviceUrl(
  catalog: readonly Endpoint[],
  service: Service,
  { availability, region }: Choice,
): string {
  const found = catalog.find(
    (one) =>
      one.type === service &&
      one.interface === availability &&
      one.regions.includes(region) &&
      mayBeVersion2(one.url),
  )
  if (found === undefined || !/^https?:\/\//iu.test(found.url)) {
    throw new AnswerError(
      `the service catalog has no ${availability} endpoint of type ${service} in region ${region}`,
    )
  }
  const url = found.url.endsWith('/') ? found.url : `${found.url}/`
  // Endpoints of Neutron and Octavia come with and without their version.
  return service === 'compute' ? url : url.replace(/(?:v2\.0\/)?$/u, 'v2.0/')
}

/** All of these services are asked in their version 2; an endpoint may name another one. */
function mayBeVersion2(url: string): boolean {
  const [, version = '2'] = /(?<!\/)\/v(\d+)(?:\.\d+)?(?:\/|$)/u.exec(url) ?? []
  return version === '2'
}
