import type { MechanismCases } from '../suite/cases.js'
import { polled } from '../suite/polled.js'

const config = { port: 9100, bearer_token: 'geheim-token' }
const headers = { authorization: 'Bearer geheim-token' }
const droplets = 'https://api.digitalocean.com/v2/droplets'
const databases = 'https://api.digitalocean.com/v2/databases'
const refusals = [
  {
    status: 401,
    body: '{"id":"Unauthorized","message":"Unable to authenticate you"}',
    says: 'server returned HTTP status 401 Unauthorized: Unable to authenticate you',
  },
]

export default {
  section: {
    least: {},
    prints: {
      follow_redirects: true,
      enable_http2: true,
      refresh_interval: '1m',
      port: 80,
      role: 'droplets',
    },
    most: [{ role: 'databases', refresh_interval: '2m', port: 1 }],
    refused: [[{ role: 'x' }, '1:7: role: unknown DigitalOcean SD role "x"']],
    saysOtherwise: {
      // The role is new in 3.12.
      'unknown DigitalOcean SD role "x"': 'field role not found in type digitalocean.plain',
    },
  },
  runs: [
    polled({
      // Prometheus 3.5.3 does not know the key `role`.
      title: 'with role droplets',
      config,
      headers,
      answers: {
        [`${droplets}?page=1&per_page=200`]: 'droplets-1.json',
        [`${droplets}?page=2&per_page=200`]: 'droplets-2.json',
      },
      oracleAnswers: { [droplets]: 'droplets-1.json', [`${droplets}?page=2`]: 'droplets-2.json' },
      targets: [
        {
          __address__: '127.10.0.1:9100',
          __meta_digitalocean_droplet_id: '3164444',
          __meta_digitalocean_droplet_name: 'web-1',
          __meta_digitalocean_image: 'debian-12-x64',
          __meta_digitalocean_image_name: '12 x64',
          __meta_digitalocean_private_ipv4: '10.10.0.2',
          __meta_digitalocean_public_ipv4: '127.10.0.1',
          __meta_digitalocean_public_ipv6: '2001:db8:10::1',
          __meta_digitalocean_region: 'fra1',
          __meta_digitalocean_size: 's-1vcpu-1gb',
          __meta_digitalocean_status: 'active',
          __meta_digitalocean_vpc: '760e09ef-dc84-11e8-981e-3cfdfeaae000',
          __meta_digitalocean_features: ',monitoring,private_networking,',
          __meta_digitalocean_tags: ',prod,team:a b,',
        },
        {
          __address__: ':9100',
          __meta_digitalocean_droplet_id: '9007199254740995',
          __meta_digitalocean_droplet_name: 'über "b"\\',
          __meta_digitalocean_image: '',
          __meta_digitalocean_image_name: 'a snapshot',
          __meta_digitalocean_private_ipv4: '10.10.0.3',
          __meta_digitalocean_public_ipv4: '',
          __meta_digitalocean_public_ipv6: '',
          __meta_digitalocean_region: 'nyc3',
          __meta_digitalocean_size: '',
          __meta_digitalocean_status: 'off',
          __meta_digitalocean_vpc: '',
        },
      ],
      empty: '{}',
      misshapen: {
        '[]': 'expected an object, got a list',
        '{"droplets":[{},{"networks":{"v4":[{"type":4}]}}]}':
          'droplets[1].networks.v4[0].type: expected a string, got a number',
      },
      endlessPages: `{"links":{"pages":{"next":"${droplets}?page=1&per_page=200"}}}`,
      refusals,
      oracle: {},
    }),
    polled({
      title: 'with role databases',
      config: { ...config, role: 'databases' },
      headers,
      answers: {
        [`${databases}?page=1&per_page=100`]: 'databases-1.json',
        [`${databases}?page=2&per_page=100`]: 'databases-2.json',
        [`${databases}?page=3&per_page=100`]: 'databases-3.json',
      },
      targets: [
        {
          __address__: 'private-orders.db.test:9100',
          __meta_digitalocean_db_id: '9cc10173-e9ea-4176-9dbc-a4cee4c4ff30',
          __meta_digitalocean_db_name: 'orders',
          __meta_digitalocean_db_engine: 'pg',
          __meta_digitalocean_db_version: '16',
          __meta_digitalocean_db_status: 'online',
          __meta_digitalocean_db_region: 'fra1',
          __meta_digitalocean_db_size: 'db-s-1vcpu-1gb',
          __meta_digitalocean_db_num_nodes: '2',
          __meta_digitalocean_db_host: 'orders.db.test',
          __meta_digitalocean_db_private_host: 'private-orders.db.test',
          __meta_digitalocean_db_tag_production: 'true',
          '__meta_digitalocean_db_tag_team:a-b': 'true',
        },
        {
          __address__: '[2001:db8::5]:9100',
          __meta_digitalocean_db_id: '5',
          __meta_digitalocean_db_name: 'public only',
          __meta_digitalocean_db_engine: 'redis',
          __meta_digitalocean_db_version: '7',
          __meta_digitalocean_db_status: 'creating',
          __meta_digitalocean_db_region: 'nyc3',
          __meta_digitalocean_db_size: 'db-s-1vcpu-1gb',
          __meta_digitalocean_db_num_nodes: '1',
          __meta_digitalocean_db_host: '2001:db8::5',
        },
        {
          __meta_digitalocean_db_id: 'bare',
          __meta_digitalocean_db_name: '',
          __meta_digitalocean_db_engine: '',
          __meta_digitalocean_db_version: '',
          __meta_digitalocean_db_status: '',
          __meta_digitalocean_db_region: '',
          __meta_digitalocean_db_size: '',
          __meta_digitalocean_db_num_nodes: '0',
          __meta_digitalocean_db_private_host: '',
        },
      ],
      empty: '{}',
      misshapen: {
        '{"databases":{}}': 'databases: expected a list, got an object',
        '{"databases":[{"connection":{"host":[]}}]}':
          'databases[0].connection.host: expected a string, got a list',
      },
      refusals,
      oracle: 'Prometheus 3.5.3 does not have the role: it is new in 3.12.',
    }),
  ],
  families: { __meta_digitalocean_db_tag_: 'tag' },
} satisfies MechanismCases
