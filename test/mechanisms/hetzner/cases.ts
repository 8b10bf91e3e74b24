import type { MechanismCases } from '../suite/cases.js'
import { polled } from '../suite/polled.js'

export default {
  section: {
    least: { role: 'robot' },
    prints: {
      follow_redirects: true,
      enable_http2: true,
      refresh_interval: '1m',
      port: 80,
      role: 'robot',
    },
    most: [{ role: 'hcloud', label_selector: 'env=prod', refresh_interval: '2m', port: 1 }],
    refused: [
      [{ port: 1 }, '1:1: role missing (one of: robot, hcloud)'],
      [{ role: null }, '1:1: role: role missing (one of: robot, hcloud)'],
      [{ role: 'cloud' }, '1:7: role: unknown role "cloud"'],
      [
        { role: 'hcloud', servers: [] },
        '2:1: servers: field servers not found in type hetzner.plain',
      ],
    ],
  },
  runs: [
    polled({
      title: 'with role hcloud',
      config: {
        role: 'hcloud',
        port: 9100,
        label_selector: 'env in (a, b)',
        bearer_token: 'geheim-token',
      },
      headers: { authorization: 'Bearer geheim-token' },
      answers: {
        'https://api.hetzner.cloud/v1/networks?page=1&per_page=50': 'networks.json',
        'https://api.hetzner.cloud/v1/servers?label_selector=env+in+%28a%2C+b%29&page=1&per_page=50':
          'servers-1.json',
        'https://api.hetzner.cloud/v1/servers?label_selector=env+in+%28a%2C+b%29&page=2&per_page=50':
          'servers-2.json',
      },
      targets: [
        {
          __address__: '127.20.0.1:9100',
          __meta_hetzner_role: 'hcloud',
          __meta_hetzner_server_id: '42',
          __meta_hetzner_server_name: 'web-1',
          __meta_hetzner_server_status: 'running',
          __meta_hetzner_public_ipv4: '127.20.0.1',
          __meta_hetzner_public_ipv6_network: '2001:db8:0:1::/64',
          __meta_hetzner_hcloud_location: 'fsn1',
          __meta_hetzner_hcloud_location_network_zone: 'eu-central',
          __meta_hetzner_hcloud_datacenter_location: 'fsn1',
          __meta_hetzner_hcloud_datacenter_location_network_zone: 'eu-central',
          __meta_hetzner_hcloud_server_type: 'cpx11',
          __meta_hetzner_hcloud_cpu_cores: '2',
          __meta_hetzner_hcloud_cpu_type: 'shared',
          __meta_hetzner_hcloud_memory_size_gb: '1',
          __meta_hetzner_hcloud_disk_size_gb: '40',
          __meta_hetzner_hcloud_image_name: 'debian-12',
          __meta_hetzner_hcloud_image_description: 'Debian 12',
          __meta_hetzner_hcloud_image_os_version: '12',
          __meta_hetzner_hcloud_image_os_flavor: 'debian',
          __meta_hetzner_hcloud_private_ipv4_my_net_1: '10.0.0.2',
          __meta_hetzner_hcloud_label_env: 'prod',
          __meta_hetzner_hcloud_label_team_example_com_owner: 'a b',
          __meta_hetzner_hcloud_label_empty: '',
          __meta_hetzner_hcloud_labelpresent_env: 'true',
          __meta_hetzner_hcloud_labelpresent_team_example_com_owner: 'true',
          __meta_hetzner_hcloud_labelpresent_empty: 'true',
        },
        {
          __address__: '<nil>:9100',
          __meta_hetzner_role: 'hcloud',
          __meta_hetzner_server_id: '9223372036854775807',
          __meta_hetzner_server_name: 'only-v6',
          __meta_hetzner_server_status: 'off',
          __meta_hetzner_public_ipv4: '<nil>',
          __meta_hetzner_public_ipv6_network: '2001:db8:0:2::/64',
          __meta_hetzner_hcloud_location: 'hel1',
          __meta_hetzner_hcloud_location_network_zone: 'eu-central',
          __meta_hetzner_hcloud_datacenter_location: 'hel1',
          __meta_hetzner_hcloud_datacenter_location_network_zone: 'eu-central',
          __meta_hetzner_hcloud_server_type: 'ccx63',
          __meta_hetzner_hcloud_cpu_cores: '48',
          __meta_hetzner_hcloud_cpu_type: 'dedicated',
          __meta_hetzner_hcloud_memory_size_gb: '192',
          __meta_hetzner_hcloud_disk_size_gb: '960',
        },
      ],
      empty: '{}',
      misshapen: {
        '[]': 'expected an object, got a list',
        '{"servers":[{"id":1},{"id":2,"labels":{"a":1}}]}':
          'servers[1].labels["a"]: expected a string, got a number',
      },
      endlessPages: '{"meta":{"pagination":{"next_page":1}}}',
      refusal: (status) => `hcloud: server responded with status code ${String(status)}`,
      refusals: [
        {
          status: 401,
          body: '{"error":{"code":"unauthorized","message":"no such token"}}',
          says: 'no such token (unauthorized)',
        },
        {
          status: 429,
          headers: { 'x-correlation-id': 'abc' },
          body: '{"error":{"code":"rate_limit_exceeded","message":"limit reached"}}',
          says: 'limit reached (rate_limit_exceeded, abc)',
        },
        {
          status: 500,
          body: '{"error":"no object"}',
          says: 'hcloud: server responded with status code 500',
        },
      ],
      oracle: {
        differences: {
          // Prometheus 3.14 does not have it for this role any more.
          __meta_hetzner_datacenter: 'theirs',
          // New in 3.11.
          __meta_hetzner_hcloud_location: 'ours',
          __meta_hetzner_hcloud_location_network_zone: 'ours',
        },
      },
    }),
    polled({
      title: 'with role robot',
      config: { role: 'robot', basic_auth: { username: 'u', password: 'geheim' } },
      headers: { authorization: `Basic ${btoa('u:geheim')}` },
      answers: { 'https://robot-ws.your-server.de/server': 'robot.json' },
      targets: [
        {
          __address__: '127.30.0.1:80',
          __meta_hetzner_role: 'robot',
          __meta_hetzner_server_id: '321',
          __meta_hetzner_server_name: 'db-1',
          __meta_hetzner_server_status: 'ready',
          __meta_hetzner_datacenter: 'nbg1-dc1',
          __meta_hetzner_public_ipv4: '127.30.0.1',
          __meta_hetzner_public_ipv6_network: '2001:DB8:30::/64',
          __meta_hetzner_robot_datacenter: 'nbg1-dc1',
          __meta_hetzner_robot_product: 'AX 102',
          __meta_hetzner_robot_cancelled: 'false',
        },
        {
          __address__: '127.30.0.2:80',
          __meta_hetzner_role: 'robot',
          __meta_hetzner_server_id: '322',
          __meta_hetzner_server_name: '',
          __meta_hetzner_server_status: 'in process',
          __meta_hetzner_datacenter: 'fsn1-dc10',
          __meta_hetzner_public_ipv4: '127.30.0.2',
          __meta_hetzner_robot_datacenter: 'fsn1-dc10',
          __meta_hetzner_robot_product: 'Server Auction',
          __meta_hetzner_robot_cancelled: 'true',
        },
      ],
      empty: '[]',
      misshapen: {
        '{}': 'expected a list, got an object',
        '[{},{"server":{"cancelled":"no"}}]':
          '[1].server.cancelled: expected a boolean, got a string',
      },
      refusal: (status) =>
        `non 2xx status '${String(status)}' response during hetzner service discovery with role robot`,
      oracle: {
        // New in 3.11.
        differences: { __meta_hetzner_robot_datacenter: 'ours' },
      },
    }),
  ],
  families: {
    __meta_hetzner_hcloud_label_: 'label',
    __meta_hetzner_hcloud_labelpresent_: 'label',
    __meta_hetzner_hcloud_private_ipv4_: 'network',
  },
} satisfies MechanismCases
