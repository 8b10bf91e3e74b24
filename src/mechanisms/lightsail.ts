import { httpClientConfig } from '../http/index.js'
import { inline, struct } from '../yaml/index.js'
import { awsAccount } from './kit/aws-section.js'
import type { MechanismFactory } from './kit/mechanism.js'
import { unbuilt } from './kit/unbuilt.js'

const section = struct('aws.plain', { ...awsAccount, http: inline(httpClientConfig) })

/** `lightsail_sd_configs`: instances of Amazon Lightsail. */
export const lightsail: MechanismFactory = unbuilt({ name: 'lightsail', section })
