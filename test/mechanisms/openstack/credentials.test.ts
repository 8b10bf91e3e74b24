import { asyncScheduler } from 'rxjs'
import { Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { openstack } from '../../../src/mechanisms/openstack/index.js'
import {
  credentialsOf,
  identityBase,
  OpenstackEnvironmentError,
} from '../../../src/mechanisms/openstack/credentials.js'
import type { OpenstackConfig } from '../../../src/mechanisms/openstack/section.js'
import { section } from '../../../src/mechanisms/openstack/section.js'
import { decodeText } from '../../../src/yaml/index.js'
import { given } from './harness.js'
import { testContext } from '../../../src/testing/discovery/index.js'

function configOf(yaml: string): OpenstackConfig {
  const { value } = decodeText(section, '/nowhere/p.yml', `role: instance\nregion: r\n${yaml}`)
  if (value === undefined) throw new Error('the section cannot be read')
  return value
}

const url = { OS_AUTH_URL: 'http://k/v3' }
const password = { OS_PASSWORD: 'geheim' }
const app = { OS_APPLICATION_CREDENTIAL_SECRET: 'geheim' }

describe('credentials', () => {
  it('are those of a config with an identity_endpoint, whatever the environment has', () => {
    const config = configOf(
      'identity_endpoint: http://k/v3\nuserid: i\npassword: geheim\nproject_id: p',
    )
    const env = { ...url, ...password, OS_USERNAME: 'u', OS_SYSTEM_SCOPE: 'all' }
    expect(credentialsOf(config, env)).toEqual(
      given({ userId: 'i', password: 'geheim', projectId: 'p' }),
    )
  })

  it.each([
    [
      { ...url, ...password, OS_USERNAME: 'u', OS_DOMAIN_NAME: 'D', OS_PROJECT_NAME: 'n' },
      { username: 'u', password: 'geheim', domainName: 'D', projectName: 'n' },
    ],
    [
      { ...url, ...password, OS_USERID: 'i', OS_TENANT_ID: 'old', OS_PROJECT_ID: 'p' },
      { userId: 'i', password: 'geheim', projectId: 'p' },
    ],
    [
      { ...url, ...password, OS_USERID: 'i', OS_TENANT_ID: 't', OS_TENANT_NAME: 'n' },
      { userId: 'i', password: 'geheim', projectId: 't', projectName: 'n' },
    ],
    [
      { ...url, ...password, OS_USERNAME: 'u', OS_DOMAIN_ID: 'd', OS_SYSTEM_SCOPE: 'all' },
      { username: 'u', password: 'geheim', domainId: 'd', system: true },
    ],
    [
      { ...url, ...app, OS_APPLICATION_CREDENTIAL_ID: 'a' },
      { appId: 'a', appSecret: 'geheim' },
    ],
    [
      { ...url, ...app, OS_APPLICATION_CREDENTIAL_NAME: 'n', OS_USERID: 'i' },
      { appName: 'n', appSecret: 'geheim', userId: 'i' },
    ],
  ])('are taken from the environment %j, and none from the config', (env, credentials) => {
    expect(credentialsOf(configOf('username: other'), env)).toEqual(given(credentials))
  })

  it.each([
    [{}, 'OS_AUTH_URL'],
    [{ ...url, ...password }, 'OS_USERNAME or OS_USERID'],
    [{ ...url, OS_USERNAME: 'u' }, 'OS_PASSWORD'],
    [{ ...url, OS_APPLICATION_CREDENTIAL_ID: 'a' }, 'OS_APPLICATION_CREDENTIAL_SECRET'],
    [
      { ...url, ...password, OS_USERID: 'i', OS_PROJECT_NAME: 'n' },
      'OS_PROJECT_ID, or beside OS_PROJECT_NAME OS_DOMAIN_ID or OS_DOMAIN_NAME',
    ],
    [{ ...url, ...app, OS_APPLICATION_CREDENTIAL_NAME: 'n' }, 'OS_USERNAME or OS_USERID'],
    [
      { ...url, ...app, OS_APPLICATION_CREDENTIAL_NAME: 'n', OS_USERNAME: 'u' },
      'OS_DOMAIN_ID or OS_DOMAIN_NAME',
    ],
  ])('in the environment %j lack something, which is said at once', (env, missing) => {
    const says = `${missing} is not set: openstack_sd_configs without identity_endpoint takes it from the environment`
    const mechanism = openstack({ registry: new Registry(), env, userAgent: 'x' })
    expect(() => mechanism.create(configOf(''), testContext(asyncScheduler))).toThrow(
      new OpenstackEnvironmentError(says),
    )
  })
})

describe('an identity endpoint', () => {
  it.each([
    ['http://k:5000/v3', 'http://k:5000'],
    ['http://k:5000/v3/', 'http://k:5000'],
    ['http://k:5000/v2.0', 'http://k:5000'],
    ['http://k/identity', 'http://k/identity'],
    ['http://k/identity/', 'http://k/identity/'],
    ['https://k/identity/v3/auth?x=y#z', 'https://k/identity'],
    ['https://v3.k/dev0/v3', 'https://v3.k/dev0'],
  ])('%s is below %s', (endpoint, base) => {
    expect(identityBase(endpoint)).toBe(base)
  })
})
