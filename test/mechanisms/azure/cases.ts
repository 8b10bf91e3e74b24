import type { MechanismCases } from '../suite/cases.js'
import { polled, type PolledCases } from '../suite/polled.js'

/** What a token is asked for with; and the token that any other request has. */
const aspect: PolledCases['aspect'] = ({ line, headers, body }) =>
  line.startsWith('POST ')
    ? [...new URLSearchParams(body)].map((pair) => pair.join('=')).join(' ')
    : String(headers.authorization)

const management = 'https://management.azure.com/subscriptions/s-1'
const bearer = ' Bearer geheim-token'
const logIn =
  'POST https://login.microsoftonline.com/t-1/oauth2/v2.0/token client_id=c-1 scope=https://management.core.windows.net//.default grant_type=client_credentials client_secret=geheim-of-the-user'
const machines = `${management}/providers/Microsoft.Compute/virtualMachines?api-version=2024-03-01`
const scaleSets = `${management}/providers/Microsoft.Compute/virtualMachineScaleSets?api-version=2024-03-01`
const nics = `${management}/providers/Microsoft.Network/networkInterfaces?api-version=2023-11-01`
const publicIps = `${management}/providers/Microsoft.Network/publicIPAddresses?api-version=2023-11-01`
const pool = `${management}/resourceGroups/Ops/providers/Microsoft.Compute/virtualMachineScaleSets/pool`
const ofNics = [nics + bearer, `${nics}&$skiptoken=N2${bearer}`, publicIps + bearer] as const
const ofPool = [
  `${pool}/virtualMachines?api-version=2024-03-01${bearer}`,
  `${pool}/networkInterfaces?api-version=2018-10-01${bearer}`,
  `${pool}/publicIPAddresses?api-version=2018-10-01${bearer}`,
] as const

const local = (url: string): string => url.replace('management.azure.com', 'localhost') + bearer
const old = (url: string): string => local(url.replace('2024-03-01', '2022-03-01'))
const oneNic = (name: string, version = '2021-08-01'): string =>
  `https://localhost${name}?api-version=${version}&$expand=ipConfigurations/publicIPAddress${bearer}`
const nicOf = (group: string, name: string): string =>
  oneNic(
    `/subscriptions/s-1/resourceGroups/${group}/providers/Microsoft.Network/networkInterfaces/${name}`,
  )
const nicOfPool = (instance: string): string =>
  oneNic(
    `/subscriptions/s-1/resourceGroups/Ops/providers/Microsoft.Compute/virtualMachineScaleSets/pool/virtualMachines/${instance}/networkInterfaces/nic`,
    '2021-03-01',
  )

/** What vmagent asks: by another version of the login, and for the NICs one by one; to it the host is that of the certificate. */
const vmagentAnswers = {
  'POST https://localhost/t-1/oauth2/token client_id=c-1 client_secret=geheim-of-the-user grant_type=client_credentials resource=https://management.azure.com':
    'token-v1.json',
  [old(machines)]: 'machines-1.json',
  [local(`${machines}&$skiptoken=P2`)]: 'machines-2.json',
  [old(scaleSets)]: 'scale-sets.json',
  [old(`${pool}/virtualMachines?api-version=2024-03-01`)]: 'pool-machines.json',
  [nicOf('Ops', 'web-1-a')]: 'nic-web-1-a.json',
  [nicOf('Ops', 'web-1-b')]: 'nic-web-1-b.json',
  [nicOf('Ops', 'off-a')]: 'nic-off-a.json',
  [nicOf('EDGE', 'ODD-NIC')]: 'nic-odd.json',
  [nicOf('edge', 'win-2')]: 'nic-win-2.json',
  [nicOfPool('0')]: 'nic-pool-0.json',
  [nicOfPool('3')]: 'nic-pool-3.json',
}

/** What the error of a request begins with. */
function begins(line: string): string {
  if (line.startsWith(machines)) {
    return 'could not get virtual machines: could not list virtual machines: '
  }
  return 'could not get virtual machine scale sets: could not list virtual machine scale sets: '
}

function refusal(code: string, message: string): string {
  return JSON.stringify({ error: { code, message } })
}

/** What every machine in these tests has. */
const common = {
  __meta_azure_subscription_id: 's-1',
  __meta_azure_tenant_id: 't-1',
}
const idOf = (group: string, name: string): string =>
  `/subscriptions/s-1/resourceGroups/${group}/providers/Microsoft.Compute/${name}`

const targets = [
  {
    ...common,
    __address__: '127.9.0.1:9100',
    __meta_azure_machine_computer_name: 'web-1',
    __meta_azure_machine_id: idOf('Ops', 'virtualMachines/web-1'),
    __meta_azure_machine_location: 'westeurope',
    __meta_azure_machine_name: 'web-1',
    __meta_azure_machine_os_type: 'Linux',
    __meta_azure_machine_private_ip: '127.9.0.1',
    __meta_azure_machine_public_ip: '127.113.0.1',
    __meta_azure_machine_resource_group: 'Ops',
    __meta_azure_machine_size: 'Standard_D2s_v5',
    __meta_azure_machine_tag_env: 'prod',
    __meta_azure_machine_tag_team_example_owner: 'Größe & <a>',
    __meta_azure_machine_tag_empty: '',
  },
  {
    ...common,
    __address__: '[2001:db8::4]:9100',
    __meta_azure_machine_computer_name: '',
    __meta_azure_machine_id: idOf('edge', 'virtualMachines/odd'),
    __meta_azure_machine_location: 'chinaeast2',
    __meta_azure_machine_name: 'odd',
    __meta_azure_machine_os_type: '',
    __meta_azure_machine_private_ip: '2001:db8::4',
    __meta_azure_machine_resource_group: 'edge',
    __meta_azure_machine_size: '',
  },
  {
    ...common,
    __address__: '127.9.0.5:9100',
    __meta_azure_machine_computer_name: 'WIN2',
    __meta_azure_machine_id: idOf('edge', 'virtualMachines/Win 2'),
    __meta_azure_machine_location: 'westeurope',
    __meta_azure_machine_name: 'Win 2',
    __meta_azure_machine_os_type: 'Windows',
    __meta_azure_machine_private_ip: '127.9.0.5',
    __meta_azure_machine_resource_group: 'edge',
    __meta_azure_machine_size: 'Standard_D2s_v5',
  },
  ...['0', '3'].map((instance) => ({
    ...common,
    __address__: `127.9.2.${instance}:9100`,
    __meta_azure_machine_computer_name: `pool00000${instance}`,
    __meta_azure_machine_id: idOf(
      'OPS',
      `virtualMachineScaleSets/pool/virtualMachines/${instance}`,
    ),
    __meta_azure_machine_location: 'westeurope',
    __meta_azure_machine_name: `pool_${instance}`,
    __meta_azure_machine_os_type: 'Linux',
    __meta_azure_machine_private_ip: `127.9.2.${instance}`,
    __meta_azure_machine_public_ip: `127.113.2.${instance}`,
    __meta_azure_machine_resource_group: 'OPS',
    __meta_azure_machine_scale_set: 'pool',
    __meta_azure_machine_size: 'Standard_F2',
    __meta_azure_machine_tag_role: 'pool',
  })),
]

export default {
  section: {
    least: { subscription_id: 'a', authentication_method: 'SDK' },
    prints: {
      environment: 'AzurePublicCloud',
      port: 80,
      subscription_id: 'a',
      refresh_interval: '5m',
      authentication_method: 'SDK',
      follow_redirects: true,
      enable_http2: true,
    },
    most: [
      {
        environment: 'AzureChinaCloud',
        subscription_id: 'a',
        tenant_id: 'b',
        client_id: 'c',
        client_secret: 'geheim',
        authentication_method: 'OAuth',
        resource_group: 'g',
        refresh_interval: '2m',
        port: 1,
      },
    ],
    refused: [
      [
        { tenant_id: 'a', client_id: 'b', client_secret: 'c' },
        '1:1: azure SD configuration requires a subscription_id',
      ],
      [
        { subscription_id: 'a', client_id: 'b', client_secret: 'c' },
        '1:1: azure SD configuration requires a tenant_id',
      ],
      [
        { subscription_id: 'a', tenant_id: 'b', client_secret: 'c' },
        '1:1: azure SD configuration requires a client_id',
      ],
      [
        { subscription_id: 'a', tenant_id: 'b', client_id: 'c' },
        '1:1: azure SD configuration requires a client_secret',
      ],
      [
        { subscription_id: 'a', authentication_method: 'invalid' },
        '2:1: authentication_method: unknown authentication_type "invalid". Supported types are "OAuth", "ManagedIdentity", "SDK" or "WorkloadIdentity"',
      ],
      [
        { subscription_id: 'a', bearer_token: 'a', basic_auth: { username: 'x' } },
        '2:1: bearer_token: at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured',
      ],
    ],
  },
  runs: [
    polled({
      config: {
        subscription_id: 's-1',
        tenant_id: 't-1',
        client_id: 'c-1',
        client_secret: 'geheim-of-the-user',
        port: 9100,
        refresh_interval: '1m',
      },
      headers: {},
      aspect,
      answers: {
        [logIn]: 'token.json',
        [machines + bearer]: 'machines-1.json',
        [`${machines}&$skiptoken=P2${bearer}`]: 'machines-2.json',
        [scaleSets + bearer]: 'scale-sets.json',
        [ofNics[0]]: 'nics-1.json',
        [ofNics[1]]: 'nics-2.json',
        [ofNics[2]]: 'public-ips.json',
        [ofPool[0]]: 'pool-machines.json',
        [ofPool[1]]: 'pool-nics.json',
        [ofPool[2]]: 'pool-public-ips.json',
      },
      kept: [logIn],
      logIn: [logIn],
      // Where the NICs cannot be listed, they are asked for one by one.
      ofOneTarget: [...ofNics, ...ofPool],
      begins,
      targets,
      empty: '{"value":[]}',
      misshapen: {
        '[]': 'expected an object, got a list',
        '{"value":{}}': 'value: expected a list, got an object',
        '{"value":[{"id":1}]}': 'value[0].id: expected a string, got a number',
        '{"value":[{},{"properties":{"orchestrationMode":1}}]}':
          'value[1].properties.orchestrationMode: expected a string, got a number',
      },
      endlessPages: JSON.stringify({ value: [], nextLink: machines }),
      refusals: [
        {
          status: 403,
          body: refusal(
            'AuthorizationFailed',
            "The client 'c-1' does not have authorization to perform action\n'Microsoft.Compute/virtualMachines/read'",
          ),
          says: `${machines}: server returned HTTP status 403 Forbidden: AuthorizationFailed: The client 'c-1' does not have authorization to perform action 'Microsoft.Compute/virtualMachines/read'`,
        },
        {
          status: 401,
          body: refusal('ExpiredAuthenticationToken', 'The token geheim-token has expired.'),
          says: `${machines}: server returned HTTP status 401 Unauthorized: ExpiredAuthenticationToken: The token <secret> has expired.`,
        },
      ],
      failureCounter: 'prometheus_sd_azure_failures_total',
      oracleAnswers: vmagentAnswers,
      oracle: { release: 'vmagent' },
    }),
  ],
  families: { __meta_azure_machine_tag_: 'tag' },
} satisfies MechanismCases
