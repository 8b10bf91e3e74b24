import { STATUS_CODES } from 'node:http'
import type { MechanismCases } from '../suite/cases.js'
import { polled } from '../suite/polled.js'

const bearer = { authorization: 'Bearer geheim-token' }
const first = {
  __address__: '127.80.0.1:9100',
  __meta_puppetdb_certname: '127.80.0.1',
  __meta_puppetdb_resource: '5f1c0a3b9d7e4c2a8b6f0e1d3c5a7b9d1e3f5a7c',
  __meta_puppetdb_type: 'Class',
  __meta_puppetdb_title: 'Role::Web',
  __meta_puppetdb_exported: 'false',
  __meta_puppetdb_file: '/etc/puppetlabs/code/environments/production/site.pp',
  __meta_puppetdb_environment: 'production',
  __meta_puppetdb_tags: ',class,role::web,a tag,',
}
const second = {
  __address__: '[2001:db8:80::1]:9100',
  __meta_puppetdb_certname: '2001:db8:80::1',
  __meta_puppetdb_resource: '00',
  __meta_puppetdb_type: 'Node',
  __meta_puppetdb_title: 'é "quoted"',
  __meta_puppetdb_exported: 'true',
  __meta_puppetdb_file: '',
  __meta_puppetdb_environment: '',
}
const third = {
  __address__: ':9100',
  __meta_puppetdb_certname: '',
  __meta_puppetdb_resource: '',
  __meta_puppetdb_type: '',
  __meta_puppetdb_title: '',
  __meta_puppetdb_exported: 'false',
  __meta_puppetdb_file: '',
  __meta_puppetdb_environment: '',
}

export default {
  section: {
    least: { url: 'http://a', query: 'b' },
    prints: {
      follow_redirects: true,
      enable_http2: true,
      refresh_interval: '1m',
      port: 80,
      url: 'http://a',
      query: 'b',
      include_parameters: false,
    },
    most: [
      {
        url: 'http://u:geheim@a',
        query: 'q',
        include_parameters: true,
        refresh_interval: '2m',
        port: 1,
      },
    ],
    refused: [
      [{ url: 'http://x' }, '1:1: query missing'],
      [{ query: 'x' }, '1:1: URL is missing'],
      [{ url: 'http://', query: 'x' }, '1:1: url: host is missing in URL'],
      [{ url: '//x', query: 'x' }, "1:1: url: URL scheme must be 'http' or 'https'"],
    ],
  },
  runs: [
    polled({
      title: 'with parameters',
      config: {
        url: 'https://puppet.example/behind//a/../proxy/?x=y',
        query: 'resources { type = "Class" and title ~ "é" }',
        include_parameters: true,
        port: 9100,
        bearer_token: 'geheim-token',
      },
      headers: { ...bearer, 'content-type': 'application/json', accept: 'application/json' },
      aspect: ({ body }) => body,
      answers: {
        'POST https://puppet.example/behind/proxy/pdb/query/v4?x=y {"query":"resources { type = \\"Class\\" and title ~ \\"é\\" }"}':
          'resources.json',
      },
      targets: [
        {
          ...first,
          __meta_puppetdb_parameter_ensure: 'present',
          __meta_puppetdb_parameter_port: '8140',
          __meta_puppetdb_parameter_big: '1e+06',
          __meta_puppetdb_parameter_ratio: '0.5',
          __meta_puppetdb_parameter_tiny: '1e-07',
          __meta_puppetdb_parameter_huge: '1.2345678901234567e+19',
          __meta_puppetdb_parameter_on: 'true',
          __meta_puppetdb_parameter_off: 'false',
          __meta_puppetdb_parameter_list: 'a,1,2.5,true,,,,b,c',
          __meta_puppetdb_parameter_odd_name____x: 'y',
          __meta_puppetdb_parameter_nested_a_b_c: '1,2',
          __meta_puppetdb_parameter_nested_a_d_e: 'f',
          __meta_puppetdb_parameter_nested_g: 'false',
        },
        second,
        third,
      ].map((target) => ({
        ...target,
        __meta_puppetdb_query: 'resources { type = "Class" and title ~ "é" }',
      })),
      empty: '[]',
      misshapen: {
        '{}': 'expected a list, got an object',
        '[null,{"exported":"no"}]': '[1].exported: expected a boolean, got a string',
        '[{"tags":["a",1]}]': '[0].tags[1]: expected a string, got a number',
        '[{"parameters":["a"]}]': '[0].parameters: expected an object, got a list',
      },
      refusal: (status) =>
        `server returned HTTP status ${String(status)} ${STATUS_CODES[status] ?? ''}`,
      refusals: [
        {
          status: 400,
          headers: { 'content-type': 'text/plain;charset=utf-8' },
          body: 'PQL parse error at line 1, column 7:\n\nnodes[]\n      ^\n',
          says: 'server returned HTTP status 400 Bad Request: PQL parse error at line 1, column 7: nodes[] ^',
        },
        {
          status: 503,
          headers: { 'content-type': 'text/html' },
          body: '<h1>maintenance</h1>',
          says: 'server returned HTTP status 503 Service Unavailable',
        },
        {
          status: 200,
          headers: { 'content-type': 'text/html' },
          body: '[]',
          says: 'unsupported content type text/html',
        },
        {
          status: 200,
          headers: { 'content-type': 'application/json; charset=latin1' },
          body: '[]',
          says: 'unsupported content type application/json; charset=latin1',
        },
        {
          status: 204,
          body: '',
          says: 'server returned HTTP status 204 No Content',
        },
      ],
      takesHugeAnswers: true,
      oracle: {},
    }),
    polled({
      title: 'without parameters',
      sameLabels: true,
      config: {
        url: 'https://u:geheim@puppet.example',
        query: '["=","type","Class"]',
        port: 9100,
      },
      headers: { authorization: `Basic ${btoa('u:geheim')}` },
      answers: {
        'POST https://puppet.example/pdb/query/v4': {
          file: 'resources.json',
          headers: { 'content-type': 'Application/JSON; charset="UTF-8"' },
        },
      },
      targets: [first, second, third].map((target) => ({
        ...target,
        __meta_puppetdb_query: '["=","type","Class"]',
      })),
      empty: 'null',
      misshapen: { '3': 'expected a list, got a number' },
      refusal: (status) =>
        `server returned HTTP status ${String(status)} ${STATUS_CODES[status] ?? ''}`,
      takesHugeAnswers: true,
      oracle: {},
    }),
  ],
  families: {
    __meta_puppetdb_parameter_: 'parameter',
  },
} satisfies MechanismCases
