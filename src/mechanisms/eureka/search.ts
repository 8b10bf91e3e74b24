import { joinHostPort } from '../../go/host-port.js'
import { redactUrl } from '../../go/url.js'
import type { Labels } from '../../labels/index.js'
import type { Api } from '../kit/api.js'
import { AnswerError } from '../kit/errors.js'
import { labelsFrom, type LabelValue } from '../kit/labels.js'
import { childOf, childrenOf, readXml, textOf, type WholeXmlElement } from '../kit/xml.js'

/**
 * Finds the instances of all applications. What Eureka says of them is in its wiki:
 * https://github.com/Netflix/eureka/wiki/Eureka-REST-operations
 */
export async function* targets(api: Api): AsyncGenerator<Labels> {
  const answer = await api.ask('/apps', { headers: { accept: 'application/xml' } })
  const applications = await readXml(answer, api)
  const url = redactUrl(answer.url)
  for (const [i, application] of childrenOf(applications, 'application').entries()) {
    const app = textOf(application, 'name')
    for (const [j, of] of childrenOf(application, 'instance').entries()) {
      const at = `${url}: application[${String(i)}].instance[${String(j)}]`
      const port = portOf(of, 'port', at)
      yield {
        // A port that Eureka calls disabled is taken all the same, as Prometheus does.
        __address__: joinHostPort(textOf(of, 'hostName'), port?.number ?? '80'),
        instance: textOf(of, 'instanceId'),
        __meta_eureka_app_name: app,
        ...labels({ of, at, port, securePort: portOf(of, 'securePort', at) }),
      }
    }
  }
}

/** A port, and what Eureka says of it: `<port enabled="true">8080</port>`. */
interface Port {
  readonly number: string
  readonly isEnabled: boolean
}

interface Instance {
  readonly of: WholeXmlElement
  /** Where it is in the answer, for errors. */
  readonly at: string
  readonly port: Port | undefined
  readonly securePort: Port | undefined
}

const labels = labelsFrom<Instance>('__meta_eureka_app_instance_', {
  hostname: (i) => textOf(i.of, 'hostName'),
  homepage_url: (i) => textOf(i.of, 'homePageUrl'),
  statuspage_url: (i) => textOf(i.of, 'statusPageUrl'),
  healthcheck_url: (i) => textOf(i.of, 'healthCheckUrl'),
  ip_addr: (i) => textOf(i.of, 'ipAddr'),
  vip_address: (i) => textOf(i.of, 'vipAddress'),
  secure_vip_address: (i) => textOf(i.of, 'secureVipAddress'),
  status: (i) => textOf(i.of, 'status'),
  country_id: (i) => wholeNumber(textOf(i.of, 'countryId'), `${i.at}.countryId`),
  id: (i) => textOf(i.of, 'instanceId'),
  port: (i) => i.port?.number,
  port_enabled: (i) => i.port?.isEnabled,
  secure_port: (i) => i.securePort?.number,
  secure_port_enabled: (i) => i.securePort?.isEnabled,
  datacenterinfo_name(i) {
    const info = childOf(i.of, 'dataCenterInfo')
    return info && textOf(info, 'name')
  },
  datacenterinfo_metadata_(i) {
    const info = childOf(i.of, 'dataCenterInfo')
    return info && metadata(info)
  },
  metadata_: (i) => metadata(i.of),
})

/** Names and values as they were sent: `a &amp; b` stays what it is, as in Prometheus. */
function metadata(of: WholeXmlElement): readonly (readonly [name: string, value: LabelValue])[] {
  return childrenOf(of, 'metadata').flatMap(({ children }) =>
    children.map(({ name, inner }) => [name, inner] as const),
  )
}

function portOf(instance: WholeXmlElement, name: string, at: string): Port | undefined {
  const port = childOf(instance, name)
  return (
    port && {
      number: wholeNumber(port.text, `${at}.${name}`),
      isEnabled: truth(port.attributes['enabled'] ?? '', `${at}.${name} enabled`),
    }
  )
}

/** As Go prints it; one that is empty is zero. */
function wholeNumber(text: string, at: string): string {
  if (text === '') return '0'
  const [, sign = '', digits] = /^([-+]?)([0-9]{1,18})$/.exec(text.trim()) ?? []
  if (digits === undefined) throw new AnswerError(`${at}: expected a whole number`)
  return String(BigInt(digits) * (sign === '-' ? -1n : 1n))
}

/** As Go's ParseBool takes it; one that is empty is false. */
function truth(text: string, at: string): boolean {
  const written = text.trim()
  if (/^(?:1|t|T|TRUE|true|True)$/.test(written)) return true
  if (text === '' || /^(?:0|f|F|FALSE|false|False)$/.test(written)) return false
  throw new AnswerError(`${at}: expected true or false`)
}
