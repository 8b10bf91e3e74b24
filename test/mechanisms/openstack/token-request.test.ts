import { describe, expect, it } from 'vitest'
import { tokenRequestV2, tokenRequestV3 } from '../../../src/mechanisms/openstack/token-request.js'
import { given } from './harness.js'

const user = { username: 'u', password: 'geheim', domainName: 'D' }
const named = { name: 'u', domain: { name: 'D' }, password: 'geheim' }
const byPassword = (who: object): object => ({ methods: ['password'], password: { user: who } })
const byApp = (application_credential: object): object => {
  return { methods: ['application_credential'], application_credential }
}

describe('what a token of version 3 is asked for with', () => {
  it.each([
    ['a name in a domain of this name', user, { identity: byPassword(named) }],
    [
      'a name in a domain of this id',
      { ...user, domainName: '', domainId: 'd' },
      { identity: byPassword({ ...named, domain: { id: 'd' } }) },
    ],
    [
      'the id of a user',
      { userId: 'i', password: 'geheim' },
      { identity: byPassword({ id: 'i', password: 'geheim' }) },
    ],
    [
      'a project of this id, whatever its name is',
      { ...user, projectId: 'p', projectName: 'n' },
      { identity: byPassword(named), scope: { project: { id: 'p' } } },
    ],
    [
      'a project of this name in the domain of the user',
      { ...user, projectName: 'n' },
      {
        identity: byPassword(named),
        scope: { project: { name: 'n', domain: { name: 'D' } } },
      },
    ],
    [
      'the whole system',
      { ...user, projectId: 'p', system: true },
      { identity: byPassword(named), scope: { system: { all: true } } },
    ],
    [
      'an application credential of this id',
      { appId: 'a', appName: 'n', appSecret: 'geheim' },
      { identity: byApp({ id: 'a', secret: 'geheim' }) },
    ],
    [
      'an application credential of this name, and the id of its user',
      { appName: 'n', appSecret: 'geheim', userId: 'i', username: 'u' },
      { identity: byApp({ name: 'n', user: { id: 'i' }, secret: 'geheim' }) },
    ],
    [
      'an application credential of this name, and the name of its user',
      { appName: 'n', appSecret: 'geheim', username: 'u', domainId: 'd' },
      {
        identity: byApp({ name: 'n', user: { name: 'u', domain: { id: 'd' } }, secret: 'geheim' }),
      },
    ],
    [
      'a password rather than an application credential',
      { ...user, appId: 'a', appSecret: 'geheim' },
      { identity: byPassword(named) },
    ],
  ])('%s', (_, credentials, auth) => {
    expect(tokenRequestV3(given(credentials))).toEqual({ auth })
  })

  it.each([
    [
      {},
      'password is missing, and so are application_credential_id and application_credential_name',
    ],
    [{ password: 'geheim' }, 'username or userid is missing'],
    [{ ...user, userId: 'i' }, 'at most one of username and userid may be there'],
    [
      { ...user, domainName: '' },
      'domain_id or domain_name is missing: username and project_name are names in a domain',
    ],
    [{ ...user, domainId: 'd' }, 'at most one of domain_id and domain_name may be there'],
    [
      { userId: 'i', password: 'geheim', domainId: 'd' },
      'domain_id and domain_name are for username, and userid is given',
    ],
    [
      { userId: 'i', password: 'geheim', projectName: 'n' },
      'domain_id or domain_name is missing: username and project_name are names in a domain',
    ],
    [{ appId: 'a' }, 'application_credential_secret is missing'],
    [{ appName: 'n', appSecret: 'geheim' }, 'username or userid is missing'],
  ])('%j: is refused', (credentials, says) => {
    expect(() => tokenRequestV3(given(credentials))).toThrow(
      expect.objectContaining({
        code: 'ERR_OPENSTACK_CREDENTIALS',
        message: `openstack_sd_configs: ${says}`,
      }),
    )
  })
})

describe('what a token of version 2.0 is asked for with', () => {
  const passwordCredentials = { username: 'u', password: 'geheim' }

  it.each([
    ['a name and a password', user, { passwordCredentials }],
    [
      'a project',
      { ...user, projectId: 'p', projectName: 'n' },
      { passwordCredentials, tenantId: 'p', tenantName: 'n' },
    ],
  ])('%s', (_, credentials, auth) => {
    expect(tokenRequestV2(given(credentials))).toEqual({ auth })
  })

  it.each([
    [{ userId: 'i', password: 'geheim' }, 'the Identity API v2.0 needs username'],
    [{ username: 'u' }, 'the Identity API v2.0 needs password'],
  ])('%j: is refused', (credentials, says) => {
    expect(() => tokenRequestV2(given(credentials))).toThrow(`openstack_sd_configs: ${says}`)
  })
})
