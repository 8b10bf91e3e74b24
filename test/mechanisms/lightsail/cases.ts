import type { MechanismCases } from '../suite/cases.js'
import type { CloudRequest } from '../suite/clouds.js'
import { polled } from '../suite/polled.js'

function call({ headers, body }: CloudRequest): string {
  return `${String(headers['x-amz-target'])} ${body}`
}

const target = 'Lightsail_20161128.GetInstances'
const cloud = `POST http://api.test/ ${target}`
const keys = { region: 'eu-west-1', access_key: 'AKIATEST', secret_key: 'geheim-of-the-user' }
const headers = { 'content-type': 'application/x-amz-json-1.1' }
const misshapen = {
  '[]': 'expected an object, got a list',
  '{"instances":[{},{"tags":[{"key":1}]}]}':
    'instances[1].tags[0].key: expected a string, got a number',
}

export default {
  section: {
    least: {},
    prints: {
      endpoint: '',
      region: '',
      refresh_interval: '1m',
      port: 80,
      follow_redirects: true,
      enable_http2: true,
    },
    most: [
      {
        endpoint: 'https://u:geheim@e',
        region: 'us-east-1',
        access_key: 'a',
        secret_key: 'geheim',
        profile: 'p',
        role_arn: 'r',
        external_id: 'x',
        refresh_interval: '2m',
        port: 1,
      },
    ],
    refused: [[{ port: 'x' }, '1:7: port: cannot unmarshal !!str `x` into int']],
  },
  runs: [
    polled({
      config: { ...keys, port: 9100 },
      direct: { listen: 'http', config: (origin) => ({ endpoint: origin }) },
      headers,
      aspect: call,
      answers: { [`POST http://api.test/ ${target} {}`]: 'instances.json' },
      targets: [
        {
          __address__: '127.92.0.1:9100',
          __meta_lightsail_availability_zone: 'eu-west-1a',
          __meta_lightsail_blueprint_id: 'ubuntu_24_04',
          __meta_lightsail_bundle_id: 'nano_3_0',
          __meta_lightsail_instance_name: 'blog-1',
          __meta_lightsail_instance_state: 'running',
          __meta_lightsail_instance_support_code: '123/i-0a',
          __meta_lightsail_ipv6_addresses: ',2001:db8:92::1,2001:db8:92::2,',
          __meta_lightsail_private_ip: '127.92.0.1',
          __meta_lightsail_public_ip: '127.93.0.1',
          __meta_lightsail_region: 'eu-west-1',
          __meta_lightsail_tag_env: 'prod & more',
          __meta_lightsail_tag_a_b_c: '',
        },
        {
          __address__: '127.92.0.2:9100',
          __meta_lightsail_availability_zone: 'eu-west-1b',
          __meta_lightsail_blueprint_id: 'wordpress',
          __meta_lightsail_bundle_id: 'small_3_0',
          __meta_lightsail_instance_name: 'blog-2',
          __meta_lightsail_instance_state: 'stopped',
          __meta_lightsail_instance_support_code: '123/i-0c',
          __meta_lightsail_private_ip: '127.92.0.2',
          __meta_lightsail_region: 'eu-west-1',
        },
      ],
      empty: '{}',
      misshapen,
      refusals: [
        {
          status: 400,
          body: '{"__type":"com.amazonaws.lightsail#AccessDeniedException","message":"geheim-of-the-user is not authorized"}',
          says: 'http://api.test/: GetInstances: AccessDeniedException: <secret> is not authorized',
        },
        {
          status: 400,
          headers: { 'x-amzn-errortype': 'UnrecognizedClientException:http://internal/' },
          body: '{"message":"The security token is invalid."}',
          says: 'http://api.test/: GetInstances: UnrecognizedClientException: The security token is invalid.',
        },
      ],
      oracle: {},
    }),
    polled({
      title: 'with several pages',
      config: keys,
      direct: { listen: 'http', config: (origin) => ({ endpoint: origin }) },
      headers,
      aspect: call,
      answers: {
        [`${cloud} {}`]: 'page-1.json',
        [`${cloud} {"pageToken":"more+/="}`]: 'page-2.json',
      },
      targets: [
        {
          __address__: '127.92.1.1:80',
          __meta_lightsail_private_ip: '127.92.1.1',
          __meta_lightsail_region: 'eu-west-1',
        },
        {
          __address__: '127.92.1.2:80',
          __meta_lightsail_instance_name: 'b',
          __meta_lightsail_private_ip: '127.92.1.2',
          __meta_lightsail_region: 'eu-west-1',
        },
      ],
      empty: '{}',
      misshapen,
      endlessPages: '{"nextPageToken":"more+/="}',
      sameLabels: true,
      oracle: 'it asks for the first page only, and crashes on fields that are missing',
    }),
  ],
  families: { __meta_lightsail_tag_: 'tag' },
} satisfies MechanismCases
