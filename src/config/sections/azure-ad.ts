import {
  type Decoding,
  field,
  map,
  optional,
  type Secret,
  secret,
  struct,
  text,
  type Type,
} from '../../yaml/index.js'

/** Azure AD credentials of remote write. */
export interface AzureAdConfig {
  readonly managed_identity: { readonly client_id: string } | undefined
  readonly workload_identity: WorkloadIdentity | undefined
  readonly oauth: AzureOAuth | undefined
  readonly sdk: { readonly tenant_id: string } | undefined
  readonly cloud: string | Readonly<Record<string, string>>
  readonly scope: string
}

interface WorkloadIdentity {
  readonly client_id: string
  readonly tenant_id: string
  readonly token_file_path: string
}

interface AzureOAuth {
  readonly client_id: string
  readonly client_secret: Secret
  readonly tenant_id: string
}

const clouds = ['AzureChina', 'AzureGovernment', 'AzurePublic', 'AzureCustom']
const uuid = /^(?:urn:uuid:)?\{?[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}\}?$/
const tenant = /^[0-9a-zA-Z-.]+$/

/** A name, or in newer files a map with one. */
const cloud: Type<string | Readonly<Record<string, string>>> = {
  name: 'azuread.AzureADCloudConfig',
  zero: () => 'AzurePublic',
  decode: (node, at) => (node.kind === 'map' ? map(text).decode(node, at) : text.decode(node, at)),
  encode: (value) => (typeof value === 'string' ? value : map(text).encode(value)),
}

function requireAll(
  kind: string,
  values: Readonly<Record<string, string>>,
  at: Decoding,
  key: string,
): void {
  for (const [name, value] of Object.entries(values)) {
    if (value !== '') continue
    at.failKey(key, `must provide an Azure ${kind} ${name} in the Azure AD config`)
    return
  }
  const { client_id: id, tenant_id: tenantId } = values
  if (id !== undefined && !uuid.test(id)) {
    at.failKey(key, `the provided Azure ${kind} client_id is invalid`)
  }
  if (tenantId !== undefined && !tenant.test(tenantId)) {
    at.failKey(key, `the provided Azure ${kind} tenant_id is invalid`)
  }
}

function check(value: AzureAdConfig, at: Decoding): void {
  const name = typeof value.cloud === 'string' ? value.cloud : value.cloud['name']
  if (name === undefined || !clouds.includes(name)) {
    at.failKey('cloud', 'must provide a cloud in the Azure AD config')
  }
  const ways = (['managed_identity', 'workload_identity', 'oauth', 'sdk'] as const).filter(
    (key) => value[key] !== undefined,
  )
  const names = {
    managed_identity: 'Managed Identity',
    workload_identity: 'Workload Identity',
    oauth: 'OAuth',
    sdk: 'SDK',
  }
  const [first, second] = ways
  if (first === undefined) {
    at.fail(
      'must provide an Azure Managed Identity, Azure Workload Identity, Azure OAuth or Azure SDK in the Azure AD config',
    )
  } else if (second !== undefined) {
    at.failKey(
      second,
      `cannot provide multiple authentication methods in the Azure AD config: Azure ${names[first]} and Azure ${names[second]}`,
    )
  }
  const { managed_identity: managed, oauth, workload_identity: workload } = value
  // A managed identity without a client id is the one the system assigns.
  if (managed && managed.client_id !== '') {
    requireAll('Managed Identity', managed, at, 'managed_identity')
  }
  if (workload) {
    const { client_id, tenant_id } = workload
    requireAll('Workload Identity', { client_id, tenant_id }, at, 'workload_identity')
  }
  if (oauth) {
    const { client_id, tenant_id } = oauth
    // Upstream keeps the secret as plain text, and shows it.
    const client_secret = oauth.client_secret.isEmpty ? '' : 'set'
    requireAll('OAuth', { client_id, client_secret, tenant_id }, at, 'oauth')
  }
}

export const azureAd: Type<AzureAdConfig> = struct(
  'azuread.plain',
  {
    managed_identity: field(
      optional(struct('azuread.ManagedIdentityConfig', { client_id: field(text) })),
    ),
    workload_identity: field(
      optional(
        struct('azuread.WorkloadIdentityConfig', {
          client_id: field(text),
          tenant_id: field(text),
          token_file_path: field(text, '/var/run/secrets/azure/tokens/azure-identity-token'),
        }),
      ),
    ),
    oauth: field(
      optional(
        struct('azuread.OAuthConfig', {
          client_id: field(text),
          client_secret: field(secret),
          tenant_id: field(text),
        }),
      ),
    ),
    sdk: field(optional(struct('azuread.SDKConfig', { tenant_id: field(text) }))),
    cloud: field(cloud, 'AzurePublic'),
    scope: field(text),
  },
  check,
)
