import type { Credentials } from './credentials.js'

/** The keys of the config do not make up credentials. */
export class OpenstackCredentialsError extends Error {
  override readonly name = 'OpenstackCredentialsError'
  readonly code = 'ERR_OPENSTACK_CREDENTIALS'
}

type Part = Readonly<Record<string, unknown>>

/**
 * What a token of Keystone's version 3 is asked for with.
 * https://docs.openstack.org/api-ref/identity/v3/#authentication-and-token-management
 * @throws {OpenstackCredentialsError} where keys are missing or contradict each other
 */
export function tokenRequestV3(given: Credentials): Part {
  const scope = scopeOf(given)
  return { auth: { identity: identityOf(given), ...(scope && { scope }) } }
}

/** The same for version 2.0, which knows a user's name, a password and a project. */
export function tokenRequestV2({ username, password, projectId, projectName }: Credentials): Part {
  if (username === '') refuse('the Identity API v2.0 needs username')
  if (password.isEmpty) refuse('the Identity API v2.0 needs password')
  return {
    auth: {
      passwordCredentials: { username, password: password.reveal() },
      ...(projectId !== '' && { tenantId: projectId }),
      ...(projectName !== '' && { tenantName: projectName }),
    },
  }
}

function identityOf(given: Credentials): Part {
  const { password, appId, appName, appSecret } = given
  if (!password.isEmpty) {
    const user = { ...userOf(given), password: password.reveal() }
    return { methods: ['password'], password: { user } }
  }
  if (appId === '' && appName === '') {
    refuse(
      'password is missing, and so are application_credential_id and application_credential_name',
    )
  }
  if (appSecret.isEmpty) refuse('application_credential_secret is missing')
  const secret = appSecret.reveal()
  return {
    methods: ['application_credential'],
    application_credential:
      appId === '' ? { name: appName, user: userOf(given), secret } : { id: appId, secret },
  }
}

/** A user has an id of its own, or a name in a domain. */
function userOf(given: Credentials): Part {
  const { username, userId, password, domainId, domainName } = given
  if (username === '' && userId === '') refuse('username or userid is missing')
  // The owner of an application credential may be named twice; then the id counts.
  if (password.isEmpty && userId !== '') return { id: userId }
  if (username !== '' && userId !== '') refuse('at most one of username and userid may be there')
  if (userId === '') return { name: username, domain: domainOf(given) }
  if (domainId !== '' || domainName !== '') {
    refuse('domain_id and domain_name are for username, and userid is given')
  }
  return { id: userId }
}

function domainOf({ domainId, domainName }: Credentials): Part {
  if (domainId === '' && domainName === '') {
    refuse('domain_id or domain_name is missing: username and project_name are names in a domain')
  }
  if (domainId !== '' && domainName !== '') {
    refuse('at most one of domain_id and domain_name may be there')
  }
  return domainId === '' ? { name: domainName } : { id: domainId }
}

/** What the token is for; undefined leaves it to the user's default project or the credential's own. */
function scopeOf(given: Credentials): Part | undefined {
  const { system, projectId, projectName } = given
  if (system) return { system: { all: true } }
  if (projectId !== '') return { project: { id: projectId } }
  return projectName === ''
    ? undefined
    : { project: { name: projectName, domain: domainOf(given) } }
}

function refuse(what: string): never {
  throw new OpenstackCredentialsError(`openstack_sd_configs: ${what}`)
}
