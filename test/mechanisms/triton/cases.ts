import { pkiFile } from '../../helpers/pki/index.js'
import type { Element, MechanismCases } from '../suite/cases.js'
import { polled, type PolledCases } from '../suite/polled.js'

/** The endpoint is a host and a port, always with TLS. */
const direct: PolledCases['direct'] = {
  listen: 'https',
  config: (origin): Element => ({
    endpoint: new URL(origin).hostname,
    port: Number(new URL(origin).port),
    tls_config: { ca_file: pkiFile('ca1.pem') },
  }),
}
const account = { account: 'a', dns_suffix: 'cns.test' }

export default {
  section: {
    least: { account: 'a', dns_suffix: 'b', endpoint: 'c' },
    prints: {
      account: 'a',
      role: 'container',
      dns_suffix: 'b',
      endpoint: 'c',
      port: 9163,
      refresh_interval: '1m',
      version: 1,
    },
    most: [
      {
        account: 'a',
        role: 'cn',
        dns_suffix: 'b',
        endpoint: 'c',
        groups: ['g'],
        version: 2,
        tls_config: { server_name: 's' },
        refresh_interval: '2m',
        port: 1,
      },
    ],
    refused: [
      [{ dns_suffix: 'b', endpoint: 'c' }, '1:1: triton SD configuration requires an account'],
      [{ account: 'a', endpoint: 'c' }, '1:1: triton SD configuration requires a dns_suffix'],
      [{ account: 'a', dns_suffix: 'b' }, '1:1: triton SD configuration requires an endpoint'],
      [
        { account: 'a', dns_suffix: 'b', endpoint: 'c', role: 'x' },
        "4:1: role: triton SD configuration requires role to be 'container' or 'cn'",
      ],
      [
        { account: 'a', dns_suffix: 'b', endpoint: 'c', refresh_interval: '0s' },
        '4:1: refresh_interval: triton SD configuration requires RefreshInterval to be a positive integer',
      ],
    ],
  },
  runs: [
    polled({
      title: 'with role container',
      config: { ...account, groups: ['web', 'b c'], version: 2 },
      headers: {},
      direct,
      answers: { 'http://api.test/v2/discover?groups=web%2Cb+c': 'containers.json' },
      targets: [
        {
          __address__: 'ad466fbf-46a2-4027-9b64-8d3cdb7e9072.cns.test:{port}',
          __meta_triton_machine_id: 'ad466fbf-46a2-4027-9b64-8d3cdb7e9072',
          __meta_triton_machine_alias: 'server01',
          __meta_triton_machine_brand: 'lx',
          __meta_triton_machine_image: '7b27a514-89d7-11e6-bee6-3f96f367bee7',
          __meta_triton_server_id: '44454c4c-5000-104d-8037-b7c04f5a5131',
          __meta_triton_groups: ',web,b c,',
        },
        {
          __address__: 'a5894692-bd32-4ca1-908a-e2dda3c3a5e6.cns.test:{port}',
          __meta_triton_machine_id: 'a5894692-bd32-4ca1-908a-e2dda3c3a5e6',
          __meta_triton_machine_alias: 'über "b"\\',
          __meta_triton_machine_brand: 'kvm',
          __meta_triton_machine_image: 'a5894692-bd32-4ca1-908a-e2dda3c3a5e6',
          __meta_triton_server_id: '44454c4c-5000-104d-8037-b7c04f5a5131',
        },
        {
          __address__: '.cns.test:{port}',
          __meta_triton_machine_id: '',
          __meta_triton_machine_alias: 'no more than a name',
          __meta_triton_machine_brand: '',
          __meta_triton_machine_image: '',
          __meta_triton_server_id: '',
        },
      ],
      empty: '{"containers":[]}',
      misshapen: {
        '[]': 'expected an object, got a list',
        '{"containers":[{},{"groups":["a",1]}]}':
          'containers[1].groups[1]: expected a string, got a number',
      },
      refusals: [
        {
          status: 401,
          body: '{"code":"UnauthorizedError","message":"no such certificate"}',
          says: 'server returned HTTP status 401 Unauthorized: no such certificate',
        },
      ],
      oracle: {},
    }),
    polled({
      title: 'with role cn',
      config: { ...account, role: 'cn' },
      headers: {},
      direct,
      answers: { 'http://api.test/v1/gz/discover': 'cns.json' },
      targets: [
        {
          __address__: '44454c4c-5000-104d-8037-b7c04f5a5131.cns.test:{port}',
          __meta_triton_machine_id: '44454c4c-5000-104d-8037-b7c04f5a5131',
          __meta_triton_machine_alias: 'server01',
        },
        {
          __address__: 'a5894692-bd32-4ca1-908a-e2dda3c3a5e6.cns.test:{port}',
          __meta_triton_machine_id: 'a5894692-bd32-4ca1-908a-e2dda3c3a5e6',
          __meta_triton_machine_alias: '',
        },
      ],
      empty: '{}',
      misshapen: {
        '{"cns":{}}': 'cns: expected a list, got an object',
        '{"cns":[{"server_uuid":7}]}': 'cns[0].server_uuid: expected a string, got a number',
      },
      oracle: {},
    }),
  ],
} satisfies MechanismCases
