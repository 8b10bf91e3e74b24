import { type FaultCase, sd } from './fault-cases.js'

/** A fault of one mechanism's section; `key` is where muster puts it, '' for the section itself. */
function fault(
  mechanism: string,
  rest: string,
  message: string,
  place: string,
  newer?: true,
): FaultCase {
  const [position = '', key = ''] = place.split(' ')
  return {
    name: `${mechanism}: ${message}`,
    yaml: sd(mechanism, rest),
    message,
    place: `${position} scrape_configs[0].${mechanism}_sd_configs[0]${key}`,
    ...(newer ? { newer } : {}),
  }
}

const bearer = 'bearer_token: a\nbearer_token_file: b'
const twoBearers = 'at most one of bearer_token & bearer_token_file must be configured'
const kubernetes = (rest: string, message: string, place: string, newer?: true): FaultCase =>
  fault('kubernetes', rest, message, place, newer)
const api = 'api_server: http://x'

/** Faults of the sections of single mechanisms. */
export const mechanismFaults: readonly FaultCase[] = [
  kubernetes(`role: pod\n${api}\n${bearer}`, twoBearers, '7:5 .bearer_token_file'),
  kubernetes(
    `role: pod\n${api}\nbearer_token: a\nbasic_auth: {username: x}`,
    'at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured',
    '6:5 .bearer_token',
  ),
  kubernetes(
    `role: pod\n${api}\nauthorization: {credentials: a}\nbasic_auth: {username: x}`,
    'at most one of basic_auth, oauth2 & authorization must be configured',
    '6:5 .authorization',
  ),
  kubernetes(
    'role: pod\nbasic_auth: {username: x}',
    "to use custom HTTP client configuration please provide the 'api_server' URL explicitly",
    '4:5',
  ),
  kubernetes(
    'role: pod\nkubeconfig_file: x\nnamespaces: {own_namespace: true}',
    "cannot use 'kubeconfig_file' and 'namespaces.own_namespace' simultaneously",
    '5:5 .kubeconfig_file',
  ),
  kubernetes(
    `role: pod\n${api}\nnamespaces: {own_namespace: true}`,
    "cannot use 'api_server' and 'namespaces.own_namespace' simultaneously",
    '5:5 .api_server',
  ),
  kubernetes(
    `role: pod\nkubeconfig_file: x\n${api}`,
    "cannot use 'kubeconfig_file' and 'api_server' simultaneously",
    '5:5 .kubeconfig_file',
  ),
  kubernetes(
    'role: pod\nkubeconfig_file: x\nbasic_auth: {username: x}',
    "cannot use a custom HTTP client configuration together with 'kubeconfig_file'",
    '5:5 .kubeconfig_file',
  ),
  kubernetes('role: vacation', 'unknown Kubernetes SD role "vacation"', '4:11 .role'),
  kubernetes('namespaces: {}', 'role missing (one of: ', '4:5'),
  kubernetes(
    'role: pod\nnamespaces: {foo: []}',
    'field foo not found in type kubernetes.plain',
    '5:18 .namespaces.foo',
  ),
  ...(
    [
      ['endpoints', 'node', 'endpoints role supports only pod, service, endpoints selectors'],
      ['ingress', 'pod', 'ingress role supports only ingress selectors'],
      ['node', 'pod', 'node role supports only node selectors'],
      ['pod', 'service', 'pod role supports only pod, node selectors'],
      ['service', 'pod', 'service role supports only service selectors'],
    ] as const
  ).map(([role, selected, message]) =>
    kubernetes(
      `role: ${role}\nselectors:\n- role: ${selected}\n  label: a=b`,
      message,
      '6:7 .selectors[0]',
      // 3.5.3 does not offer the node yet.
      role === 'pod' ? true : undefined,
    ),
  ),
  kubernetes(
    'role: pod\nselectors:\n- role: pod\n- role: pod',
    'duplicated selector role: pod',
    '7:7 .selectors[1]',
  ),
  kubernetes(
    'role: pod\nselectors:\n- role: pod\n  field: metadata.status-Running',
    "invalid selector: 'metadata.status-Running'; can't understand 'metadata.status-Running'",
    '6:7 .selectors[0]',
  ),
  kubernetes(
    'role: pod\nselectors:\n- role: pod\n  label: a b',
    'unable to parse requirement',
    '6:7 .selectors[0]',
  ),
  fault(
    'marathon',
    'servers: []',
    'marathon_sd: must contain at least one Marathon server',
    '4:5 .servers',
  ),
  fault(
    'marathon',
    'servers: [a]\nauth_token: a\nauth_token_file: b',
    'marathon_sd: at most one of auth_token & auth_token_file must be configured',
    '6:5 .auth_token_file',
  ),
  fault(
    'marathon',
    'servers: [a]\nauth_token: a\nbasic_auth: {username: a}',
    'marathon_sd: at most one of basic_auth, auth_token & auth_token_file must be configured',
    '5:5 .auth_token',
  ),
  fault(
    'marathon',
    'servers: [a]\nauth_token: a\nbearer_token: a',
    'marathon_sd: at most one of bearer_token, bearer_token_file, auth_token & auth_token_file must be configured',
    '5:5 .auth_token',
  ),
  fault(
    'marathon',
    'servers: [a]\nauth_token: a\nauthorization: {credentials: x}',
    'marathon_sd: at most one of auth_token, auth_token_file & authorization must be configured',
    '5:5 .auth_token',
  ),
  fault('openstack', 'role: x', 'unknown OpenStack SD role', '4:11 .role', true),
  fault(
    'openstack',
    'role: instance\nregion: x\navailability: invalid',
    'unknown availability invalid, must be one of admin, internal or public',
    '6:19 .availability',
    true,
  ),
  fault(
    'ec2',
    'region: a\nfilters:\n- name: x\n  values: []',
    'EC2 SD configuration filter values cannot be empty',
    '5:5 .filters',
  ),
  fault('ec2', `region: a\n${bearer}`, twoBearers, '6:5 .bearer_token_file'),
  fault('lightsail', `region: a\n${bearer}`, twoBearers, '6:5 .bearer_token_file'),
  fault('aws', 'role: x', 'unknown AWS SD role "x"', '4:11 .role', true),
  fault('aws', 'region: x', 'unknown AWS SD role ""', '4:5', true),
  fault(
    'azure',
    'tenant_id: a\nclient_id: b\nclient_secret: c',
    'azure SD configuration requires a subscription_id',
    '4:5',
    true,
  ),
  fault(
    'azure',
    'subscription_id: a\nclient_id: b\nclient_secret: c',
    'azure SD configuration requires a tenant_id',
    '4:5',
    true,
  ),
  fault(
    'azure',
    'subscription_id: a\ntenant_id: b\nclient_secret: c',
    'azure SD configuration requires a client_id',
    '4:5',
    true,
  ),
  fault(
    'azure',
    'subscription_id: a\ntenant_id: b\nclient_id: c',
    'azure SD configuration requires a client_secret',
    '4:5',
    true,
  ),
  fault(
    'azure',
    'subscription_id: a\nauthentication_method: invalid',
    'unknown authentication_type "invalid". Supported types are "OAuth", "ManagedIdentity", "SDK" or "WorkloadIdentity"',
    '5:5 .authentication_method',
    true,
  ),
  fault(
    'azure',
    'subscription_id: a\nbearer_token: a\nbasic_auth: {username: x}',
    'at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured',
    '5:5 .bearer_token',
    true,
  ),
  fault(
    'oci',
    'region: a\nauth: invalid',
    'oci_sd: unknown auth method "invalid", expected "api_key" or "instance_principal"',
    '5:5 .auth',
    true,
  ),
  fault('oci', 'auth: instance_principal', 'oci_sd: region is required', '4:5', true),
  fault(
    'oci',
    'region: a\nauth: instance_principal\nuser: x',
    'oci_sd: instance_principal auth must not have tenancy, user,',
    '4:5',
    true,
  ),
  fault(
    'oci',
    'region: a\nauth: instance_principal\ncompartments: [""]',
    'oci_sd: compartments[0] must not be empty',
    '6:5 .compartments',
    true,
  ),
  fault('puppetdb', 'url: http://x', 'query missing', '4:5'),
  fault('puppetdb', 'query: x', 'URL is missing', '4:5'),
  fault('puppetdb', 'url: "http://"\nquery: x', 'host is missing in URL', '4:5 .url'),
  fault('puppetdb', 'url: //x\nquery: x', "URL scheme must be 'http' or 'https'", '4:5 .url'),
  fault('puppetdb', `url: http://x\nquery: x\n${bearer}`, twoBearers, '7:5 .bearer_token_file'),
  fault('hetzner', 'role: invalid', 'unknown role "invalid"', '4:11 .role'),
  fault('hetzner', 'port: 1', 'role missing (one of: robot, hcloud)', '4:5'),
  fault('eureka', 'server: ""', 'empty or null eureka server', '4:5 .server'),
  fault('eureka', 'server: eureka', 'invalid eureka server URL', '4:5 .server'),
  fault('scaleway', 'role: invalid', 'unknown role "invalid"', '4:11 .role'),
  fault(
    'scaleway',
    'role: instance\nproject_id: a\naccess_key: b',
    'one of secret_key & secret_key_file must be configured',
    '4:5',
  ),
  fault(
    'scaleway',
    'role: instance\nproject_id: a\naccess_key: b\nsecret_key: c',
    "scaleway-sdk-go: invalid access key format 'b', expected SCWXXXXXXXXXXXXXXXXX format",
    '6:5 .access_key',
  ),
  fault(
    'scaleway',
    'role: instance\nproject_id: a\naccess_key: SCWXXXXXXXXXXXXXXXXX\nsecret_key_file: c',
    "scaleway-sdk-go: invalid project ID format 'a', expected a UUID",
    '5:5 .project_id',
  ),
  fault(
    'scaleway',
    'role: instance\nproject_id: a\naccess_key: b\nsecret_key: c\nsecret_key_file: d',
    'at most one of secret_key & secret_key_file must be configured',
    '8:5 .secret_key_file',
  ),
  fault(
    'outscale',
    'access_key: a',
    'one of secret_key & secret_key_file must be configured',
    '4:5',
    true,
  ),
  fault(
    'outscale',
    'access_key: a\nsecret_key: a\nsecret_key_file: b',
    'at most one of secret_key & secret_key_file must be configured',
    '6:5 .secret_key_file',
    true,
  ),
  fault(
    'outscale',
    'region: ""\naccess_key: a\nsecret_key: a',
    'outscale SD configuration requires a region',
    '4:5 .region',
    true,
  ),
  fault('uyuni', 'username: a\npassword: b', 'Uyuni SD configuration requires server host', '4:5'),
  fault(
    'uyuni',
    `server: http://x\nusername: a\npassword: b\n${bearer}`,
    twoBearers,
    '8:5 .bearer_token_file',
  ),
  fault('ionos', 'port: 1', "datacenter id can't be empty", '4:5'),
  fault(
    'ovhcloud',
    'application_key: a\nconsumer_key: b\nservice: vps',
    'application secret can not be empty',
    '4:5',
  ),
  fault(
    'ovhcloud',
    'application_key: a\napplication_secret: b\nconsumer_key: c\nservice: fakeservice',
    'unknown service: fakeservice',
    '7:5 .service',
  ),
  fault('stackit', 'endpoint: x', 'invalid endpoint', '4:5 .endpoint', true),
  fault('docker', 'port: 1', 'host missing', '4:5'),
  fault('dockerswarm', 'host: x', 'role missing (one of: tasks, services, nodes)', '4:5'),
  fault(
    'dockerswarm',
    'host: x\nrole: y',
    'invalid role y, expected tasks, services, or nodes',
    '5:5 .role',
  ),
  fault('gce', 'zone: x', 'GCE SD configuration requires a project', '4:5'),
  fault('gce', 'project: x', 'GCE SD configuration requires a zone', '4:5'),
  fault(
    'triton',
    'account: a\ndns_suffix: b\nendpoint: c\nrole: x',
    "triton SD configuration requires role to be 'container' or 'cn'",
    '7:5 .role',
  ),
  fault(
    'triton',
    'account: a\ndns_suffix: b\nendpoint: c\nrefresh_interval: 0s',
    'triton SD configuration requires RefreshInterval to be a positive integer',
    '7:5 .refresh_interval',
  ),
  fault(
    'nerve',
    'paths: [/x]',
    'nerve SD config must contain at least one Zookeeper server',
    '4:5',
  ),
  fault('serverset', 'servers: [x]', 'serverset SD config must contain at least one path', '4:5'),
  fault(
    'serverset',
    'servers: [x]\npaths: [y]',
    "serverset SD config paths must begin with '/': y",
    '5:5 .paths',
  ),
  fault('kuma', 'server: ""', 'kuma SD server must not be empty: ', '4:5 .server', true),
  fault(
    'nomad',
    'server: " "',
    'nomad SD configuration requires a server address',
    '4:5 .server',
    true,
  ),
]
