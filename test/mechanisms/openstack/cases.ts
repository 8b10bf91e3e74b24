import type { MechanismCases } from '../suite/cases.js'
import { type FileAnswer, polled, type PolledCases } from '../suite/polled.js'

type Direct = NonNullable<PolledCases['direct']>

/** @param path where Keystone is */
function keystoneAt(path: string): Direct {
  return { listen: 'http', config: (origin) => ({ identity_endpoint: origin + path }) }
}

/** What a token is asked for with, as text; and the token that any other request has. */
const aspect: PolledCases['aspect'] = ({ line, headers, body }) =>
  line.startsWith('POST ')
    ? JSON.stringify(inOrder(JSON.parse(body)))
    : `token=${String(headers['x-auth-token'])}`

/** The same with the keys of all objects in order. */
function inOrder(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const entries = Object.entries(value).map(([key, one]): [string, unknown] => [key, inOrder(one)])
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}

const logInV3 = (auth: unknown): string =>
  `POST http://api.test/v3/auth/tokens ${JSON.stringify(inOrder({ auth }))}`

// It expires when it is made, so that every search asks for another one.
const token: FileAnswer = {
  file: 'token.json',
  status: 201,
  headers: { 'x-subject-token': 'geheim-token' },
}
const withToken = ' token=geheim-token'
const fips =
  'http://api.test/network/v2.0/floatingips?fields=id&fields=floating_ip_address&fields=fixed_ip_address&fields=port_id' +
  withToken
const ports = `http://api.test/network/v2.0/ports?fields=id&fields=device_id${withToken}`

const passwordLogIn = `POST http://api.test/identity/v3/auth/tokens ${JSON.stringify(
  inOrder({
    auth: {
      identity: {
        methods: ['password'],
        password: { user: { name: 'monitor', password: 'geheim', domain: { name: 'Default' } } },
      },
      scope: { project: { name: 'ops', domain: { name: 'Default' } } },
    },
  }),
)}`
const appLogIn = logInV3({
  identity: {
    methods: ['application_credential'],
    application_credential: { id: 'app-1', secret: 'geheim' },
  },
})
const userLogIn = logInV3({
  identity: { methods: ['password'], password: { user: { id: 'u-1', password: 'geheim' } } },
  scope: { project: { id: 'p-1' } },
})
const oldLogIn = `POST http://api.test/v2.0/tokens ${JSON.stringify(
  inOrder({
    auth: {
      passwordCredentials: { username: 'monitor', password: 'geheim' },
      tenantName: 'ops',
    },
  }),
)}`

export default {
  section: {
    least: { role: 'loadbalancer', region: 'a' },
    prints: {
      identity_endpoint: '',
      username: '',
      userid: '',
      password: null,
      project_name: '',
      project_id: '',
      domain_name: '',
      domain_id: '',
      application_credential_name: '',
      application_credential_id: '',
      application_credential_secret: null,
      role: 'loadbalancer',
      region: 'a',
      refresh_interval: '1m',
      port: 80,
      availability: 'public',
    },
    most: [
      {
        identity_endpoint: 'http://u:geheim@k',
        username: 'u',
        userid: 'i',
        password: 'geheim',
        project_name: 'p',
        project_id: 'q',
        domain_name: 'd',
        domain_id: 'e',
        application_credential_name: 'n',
        application_credential_id: 'a',
        application_credential_secret: 'geheim',
        role: 'instance',
        region: 'r',
        all_tenants: true,
        tls_config: { server_name: 's' },
        availability: 'admin',
        refresh_interval: '2m',
        port: 1,
      },
    ],
    refused: [
      [{ region: 'x' }, '1:1: role missing (one of: instance, hypervisor, loadbalancer)'],
      [{ role: 'x' }, '1:7: role: unknown OpenStack SD role "x"'],
      [{ role: 'instance' }, '1:1: openstack SD configuration requires a region'],
      [
        { role: 'instance', region: 'x', availability: 'invalid' },
        '3:1: availability: unknown availability invalid, must be one of admin, internal or public',
      ],
      [
        { role: 'instance', region: 'x', availability: null },
        '3:1: availability: unknown availability , must be one of admin, internal or public',
      ],
    ],
  },
  runs: [
    polled({
      title: 'with role instance',
      config: {
        role: 'instance',
        region: 'RegionOne',
        username: 'monitor',
        password: 'geheim',
        domain_name: 'Default',
        project_name: 'ops',
        port: 9100,
      },
      headers: {},
      direct: keystoneAt('/identity'),
      aspect,
      answers: {
        'http://api.test/identity/ token=undefined': { file: 'versions.json', status: 300 },
        [passwordLogIn]: token,
        [fips]: 'floatingips.json',
        [ports]: 'ports.json',
        [`http://api.test/compute/v2.1/servers/detail${withToken}`]: 'servers-1.json',
        [`http://api.test/compute/v2.1/servers/detail?marker=s3${withToken}`]: 'servers-2.json',
      },
      logIn: ['http://api.test/identity/ token=undefined', passwordLogIn],
      oracleAnswers: {
        [`http://api.test/compute/v2.1/os-floating-ips${withToken}`]: 'os-floating-ips.json',
      },
      targets: [
        {
          __address__: '127.40.0.1:9100',
          __meta_openstack_instance_id: 's1',
          __meta_openstack_instance_name: 'web-1',
          __meta_openstack_instance_status: 'ACTIVE',
          __meta_openstack_instance_flavor: 'm1.small',
          __meta_openstack_instance_image: '8d7c6b5a-debian-12',
          __meta_openstack_project_id: 'p-1',
          __meta_openstack_user_id: 'u-1',
          __meta_openstack_address_pool: 'private',
          __meta_openstack_private_ip: '127.40.0.1',
          __meta_openstack_public_ip: '127.50.0.1',
          __meta_openstack_tag_env: 'prod',
          __meta_openstack_tag_team_example_owner: 'a b',
          __meta_openstack_tag_empty: '',
        },
        {
          __address__: '[2001:db8::1]:9100',
          __meta_openstack_instance_id: 's1',
          __meta_openstack_instance_name: 'web-1',
          __meta_openstack_instance_status: 'ACTIVE',
          __meta_openstack_instance_flavor: 'm1.small',
          __meta_openstack_instance_image: '8d7c6b5a-debian-12',
          __meta_openstack_project_id: 'p-1',
          __meta_openstack_user_id: 'u-1',
          __meta_openstack_address_pool: 'net 2',
          __meta_openstack_private_ip: '2001:db8::1',
          __meta_openstack_tag_env: 'prod',
          __meta_openstack_tag_team_example_owner: 'a b',
          __meta_openstack_tag_empty: '',
        },
        {
          __address__: '127.40.0.2:9100',
          __meta_openstack_instance_id: 's2',
          __meta_openstack_instance_name: 'from-volume',
          __meta_openstack_instance_status: 'SHUTOFF',
          __meta_openstack_instance_flavor: 'f2',
          __meta_openstack_project_id: 'p-1',
          __meta_openstack_user_id: 'u-2',
          __meta_openstack_address_pool: 'private',
          __meta_openstack_private_ip: '127.40.0.2',
        },
        {
          // Its floating IP leads to a port that is not listed.
          __address__: '127.50.0.9:9100',
          __meta_openstack_instance_id: 's2',
          __meta_openstack_instance_name: 'from-volume',
          __meta_openstack_instance_status: 'SHUTOFF',
          __meta_openstack_instance_flavor: 'f2',
          __meta_openstack_project_id: 'p-1',
          __meta_openstack_user_id: 'u-2',
          __meta_openstack_address_pool: 'private',
          __meta_openstack_private_ip: '127.50.0.9',
        },
        {
          __address__: '127.40.0.4:9100',
          __meta_openstack_instance_id: 's4',
          __meta_openstack_instance_name: '',
          __meta_openstack_instance_status: '',
          __meta_openstack_instance_flavor: 'f2',
          __meta_openstack_project_id: '',
          __meta_openstack_user_id: '',
          __meta_openstack_address_pool: 'odd',
          __meta_openstack_private_ip: '127.40.0.4',
        },
      ],
      empty: '{}',
      misshapen: {
        '[]': 'expected an object, got a list',
        '{"servers":[{},{"metadata":{"a":1}}]}':
          'servers[1].metadata["a"]: expected a string, got a number',
        '{"servers":[{"flavor":"m1"}]}': 'servers[0].flavor: expected an object, got a string',
        '{"servers_links":[{"href":1}]}': 'servers_links[0].href: expected a string, got a number',
      },
      endlessPages: JSON.stringify({
        floatingips: [{}],
        floatingips_links: [{ rel: 'next', href: fips.replace(withToken, '') }],
      }),
      refusals: [
        {
          status: 403,
          body: '{"NeutronError":{"type":"PolicyNotAuthorized","message":"(rule:get_floatingip) is disallowed","detail":""}}',
          says: `${fips.replace(withToken, '')}: server returned HTTP status 403 Forbidden: (rule:get_floatingip) is disallowed`,
        },
      ],
      oracle: {
        release: 'prometheus_openstack',
        // Its name, where Nova has one, since 3.0; before, its id.
        differences: { __meta_openstack_instance_flavor: 'value' },
      },
    }),
    polled({
      title: 'with role instance, all projects, Identity API v2.0',
      sameLabels: true,
      config: {
        role: 'instance',
        region: 'RegionOne',
        username: 'monitor',
        password: 'geheim',
        project_name: 'ops',
        all_tenants: true,
        availability: 'internal',
      },
      headers: {},
      direct: keystoneAt('/v2.0/'),
      aspect,
      answers: {
        [oldLogIn]: 'token-v2.json',
        [fips]: 'floatingips-unused.json',
        [`http://api.test/internal/compute/v2/p-1/servers/detail?all_tenants=true${withToken}`]:
          'servers-all.json',
      },
      logIn: [oldLogIn],
      oracleAnswers: {
        [`http://api.test/internal/compute/v2/p-1/os-floating-ips${withToken}`]:
          'floatingips-unused.json',
      },
      targets: ['p-1', 'p-2'].map((project, i) => ({
        __address__: `127.40.1.${String(i + 1)}:80`,
        __meta_openstack_instance_id: `t${String(i + 1)}`,
        __meta_openstack_instance_name: 'same name',
        __meta_openstack_instance_status: 'ACTIVE',
        __meta_openstack_instance_flavor: 'f1',
        __meta_openstack_instance_image: 'i1',
        __meta_openstack_project_id: project,
        __meta_openstack_user_id: 'u-1',
        __meta_openstack_address_pool: 'private',
        __meta_openstack_private_ip: `127.40.1.${String(i + 1)}`,
      })),
      empty: '{"servers":[]}',
      misshapen: { '{"servers":{}}': 'servers: expected a list, got an object' },
      oracle: { release: 'prometheus_openstack' },
    }),
    polled({
      title: 'with role hypervisor',
      config: {
        role: 'hypervisor',
        region: 'RegionOne',
        application_credential_id: 'app-1',
        application_credential_secret: 'geheim',
        availability: 'admin',
        port: 9100,
      },
      headers: {},
      direct: keystoneAt('/v3'),
      aspect,
      answers: {
        [appLogIn]: token,
        [`http://api.test/admin/compute/v2.1/os-hypervisors/detail${withToken}`]:
          'hypervisors.json',
      },
      logIn: [appLogIn],
      targets: [
        {
          __address__: '127.60.0.1:9100',
          __meta_openstack_hypervisor_id: '1',
          __meta_openstack_hypervisor_host_ip: '127.60.0.1',
          __meta_openstack_hypervisor_hostname: 'nc14.cloud.test',
          __meta_openstack_hypervisor_status: 'enabled',
          __meta_openstack_hypervisor_state: 'up',
          __meta_openstack_hypervisor_type: 'QEMU',
        },
        {
          __address__: '[2001:db8::60:2]:9100',
          __meta_openstack_hypervisor_id: '2f0d8c52-3a5b-4c6f-9d7a-000000000002',
          __meta_openstack_hypervisor_host_ip: '2001:db8::60:2',
          __meta_openstack_hypervisor_hostname: 'cc13.cloud.test',
          __meta_openstack_hypervisor_status: 'disabled',
          __meta_openstack_hypervisor_state: 'down',
          __meta_openstack_hypervisor_type: 'VMware vCenter Server',
        },
        {
          __address__: ':9100',
          __meta_openstack_hypervisor_id: '3',
          __meta_openstack_hypervisor_host_ip: '',
          __meta_openstack_hypervisor_hostname: '',
          __meta_openstack_hypervisor_status: '',
          __meta_openstack_hypervisor_state: '',
          __meta_openstack_hypervisor_type: '',
        },
      ],
      empty: '{"hypervisors":[]}',
      misshapen: {
        '{"hypervisors":[{"id":{}}]}': 'hypervisors[0].id: expected a whole number, got an object',
      },
      endlessPages: '{"hypervisors":[{}],"hypervisors_links":[{"rel":"next","href":"/"}]}',
      refusals: [
        {
          status: 403,
          body: '{"forbidden":{"code":403,"message":"Policy does not allow os_compute_api:os-hypervisors"}}',
          says: 'http://api.test/admin/compute/v2.1/os-hypervisors/detail: server returned HTTP status 403 Forbidden: Policy does not allow os_compute_api:os-hypervisors',
        },
      ],
      oracle: { release: 'prometheus_openstack' },
    }),
    polled({
      title: 'with role loadbalancer',
      config: {
        role: 'loadbalancer',
        region: 'RegionOne',
        userid: 'u-1',
        password: 'geheim',
        project_id: 'p-1',
      },
      headers: {},
      direct: keystoneAt('/v3/'),
      aspect,
      answers: {
        [userLogIn]: token,
        [`http://api.test/load-balancer/v2.0/lbaas/loadbalancers${withToken}`]:
          'loadbalancers.json',
        [`http://api.test/load-balancer/v2.0/lbaas/listeners${withToken}`]: 'listeners-1.json',
        [`http://api.test/load-balancer/v2.0/lbaas/listeners?limit=3&marker=l3${withToken}`]:
          'listeners-2.json',
        [fips]: 'floatingips.json',
      },
      logIn: [userLogIn],
      targets: [
        {
          __address__: '127.70.0.1:8088',
          __meta_openstack_loadbalancer_id: 'lb1',
          __meta_openstack_loadbalancer_name: 'front',
          __meta_openstack_loadbalancer_operating_status: 'ONLINE',
          __meta_openstack_loadbalancer_provisioning_status: 'ACTIVE',
          __meta_openstack_loadbalancer_availability_zone: 'az1',
          __meta_openstack_loadbalancer_vip: '127.70.0.1',
          __meta_openstack_loadbalancer_provider: 'amphora',
          __meta_openstack_loadbalancer_tags: 'prod,team a',
          __meta_openstack_loadbalancer_floating_ip: '127.50.0.7',
          __meta_openstack_project_id: 'p-1',
        },
        {
          __address__: '[2001:db8::70:2]:8089',
          __meta_openstack_loadbalancer_id: 'lb2',
          __meta_openstack_loadbalancer_name: '',
          __meta_openstack_loadbalancer_operating_status: 'OFFLINE',
          __meta_openstack_loadbalancer_provisioning_status: 'PENDING_UPDATE',
          __meta_openstack_loadbalancer_availability_zone: '',
          __meta_openstack_loadbalancer_vip: '2001:db8::70:2',
          __meta_openstack_loadbalancer_provider: 'ovn',
          __meta_openstack_project_id: 'p-2',
        },
      ],
      empty: '{}',
      misshapen: {
        '{"floatingips":[{"port_id":1}]}':
          'floatingips[0].port_id: expected a string, got a number',
      },
      endlessPages: '{"loadbalancers":[{}],"loadbalancers_links":[{"rel":"next","href":"/"}]}',
      refusals: [
        {
          status: 403,
          body: '{"faultcode":"Client","faultstring":"Policy does not allow this request to be performed.","debuginfo":null}',
          says: 'http://api.test/load-balancer/v2.0/lbaas/loadbalancers: server returned HTTP status 403 Forbidden: Policy does not allow this request to be performed.',
        },
      ],
      oracle:
        'No release that runs here has this role: the labels are those of the documentation of Prometheus 3.14.',
    }),
  ],
  families: {
    __meta_openstack_tag_: 'key',
  },
} satisfies MechanismCases
