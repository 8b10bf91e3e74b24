import { type Api, createApi } from '../../../src/mechanisms/kit/api.js'
import type { Credentials } from '../../../src/mechanisms/openstack/credentials.js'
import { Turns } from '../../../src/waiting/turns.js'
import { Secret } from '../../../src/yaml/index.js'
import { clientOf } from '../../http/harness.js'

type Written = Partial<
  Omit<Credentials, 'password' | 'appSecret'> & {
    readonly password: string
    readonly appSecret: string
  }
>

/** Credentials of which these are given. */
export function given({ password = '', appSecret = '', ...rest }: Written): Credentials {
  return {
    identityEndpoint: 'http://k/v3',
    username: '',
    userId: '',
    projectId: '',
    projectName: '',
    domainId: '',
    domainName: '',
    appId: '',
    appName: '',
    system: false,
    ...rest,
    password: new Secret(password),
    appSecret: new Secret(appSecret),
  }
}

/** The API of one poll. */
export function apiAt(baseUrl: string, now: () => number = () => 0): Api {
  return createApi({
    client: clientOf(''),
    baseUrl,
    timeoutMs: 60_000,
    signal: new AbortController().signal,
    turns: new Turns(),
    now,
  })
}
