import { duration, field, secret, struct, text } from '../../yaml/index.js'
import type { MechanismFactory } from '../kit/mechanism.js'
import { always, minute, requireKeys } from '../kit/section.js'
import { unbuilt } from '../kit/unbuilt.js'

const services = ['vps', 'dedicated_server']

const section = struct(
  'ovhcloud.plain',
  {
    endpoint: field(text, 'ovh-eu', always),
    application_key: field(text, '', always),
    application_secret: field(secret, undefined, always),
    consumer_key: field(secret, undefined, always),
    refresh_interval: field(duration, minute, always),
    service: field(text, '', always),
  },
  (value, at) => {
    requireKeys(value, at, {
      endpoint: 'endpoint can not be empty',
      application_key: 'application key can not be empty',
      application_secret: 'application secret can not be empty',
      consumer_key: 'consumer key can not be empty',
    })
    if (!services.includes(value.service)) {
      at.failKey('service', `unknown service: ${value.service}`)
    }
  },
)

/** `ovhcloud_sd_configs`: virtual or dedicated servers of OVHcloud. */
export const ovhcloud: MechanismFactory = unbuilt({ name: 'ovhcloud', section })
