import { createHash, createHmac } from 'node:crypto'
import path from 'node:path'
import type { MechanismCases } from '../suite/cases.js'
import { polled, type PolledCases } from '../suite/polled.js'

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

/** The body of a request, and whether its signature is right: https://docs.outscale.com/en/userguide/Signature-of-API-Requests.html */
function signedBy(secret: string, region: string): NonNullable<PolledCases['aspect']> {
  return ({ line, headers, body }) => {
    const date = String(headers['x-osc-date'])
    const day = date.slice(0, 8)
    const pathname = new URL(line.replace('POST ', '')).pathname
    const canonical =
      `POST\n${pathname}\n\ncontent-type:application/json\nhost:${headers.host ?? ''}\n` +
      `x-osc-date:${date}\n\ncontent-type;host;x-osc-date\n` +
      createHash('sha256').update(body).digest('hex')
    const digest = createHash('sha256').update(canonical).digest('hex')
    const text = `OSC4-HMAC-SHA256\n${date}\n${day}/${region}/api/osc4_request\n${digest}`
    const key = hmac(hmac(hmac(hmac(`OSC4${secret}`, day), region), 'api'), 'osc4_request')
    const expected =
      `OSC4-HMAC-SHA256 Credential=AK/${day}/${region}/api/osc4_request, ` +
      `SignedHeaders=content-type;host;x-osc-date, Signature=${hmac(key, text).toString('hex')}`
    return `${body} ${headers.authorization === expected ? 'signed' : 'unsigned'}`
  }
}

const shapes = {
  '[]': 'expected an object, got a list',
  '{"Vms":[{},{"Tags":[{"Key":1}]}]}': 'Vms[1].Tags[0].Key: expected a string, got a number',
}
const refusals = [
  {
    status: 401,
    body: '{"Errors":[{"Type":"AccessDenied","Details":"Invalid access key.","Code":"1"}],"ResponseContext":{"RequestId":"r"}}',
    says: 'server returned HTTP status 401 Unauthorized: AccessDenied (1): Invalid access key.',
  },
  {
    status: 400,
    body: '{"Errors":[{"Type":"InvalidParameterValue","Code":"4118"},{"Type":"Other"}]}',
    says: 'server returned HTTP status 400 Bad Request: InvalidParameterValue (4118); Other',
  },
]
const noOracle = 'Prometheus 3.5.3 does not have the mechanism.'
const readVms = 'POST https://api.us-east-2.outscale.com/api/v1/ReadVms'

export default {
  section: {
    least: { access_key: 'a', secret_key_file: '/b' },
    prints: {
      endpoint: 'https://api.eu-west-2.outscale.com/api/v1',
      region: 'eu-west-2',
      access_key: 'a',
      secret_key: null,
      secret_key_file: '/b',
      refresh_interval: '1m',
      port: 80,
      follow_redirects: true,
      enable_http2: true,
    },
    most: [
      {
        endpoint: 'https://u:geheim@e',
        region: 'r',
        access_key: 'a',
        secret_key: 'geheim',
        refresh_interval: '2m',
        port: 1,
      },
      { access_key: 'a', secret_key_file: '/b' },
    ],
    refused: [
      [{ secret_key: 'a' }, '1:1: outscale SD configuration requires access_key'],
      [{ access_key: 'a' }, '1:1: one of secret_key & secret_key_file must be configured'],
      [
        { access_key: 'a', secret_key: 'a', secret_key_file: 'b' },
        '3:1: secret_key_file: at most one of secret_key & secret_key_file must be configured',
      ],
      [
        { region: '', access_key: 'a', secret_key: 'a' },
        '1:1: region: outscale SD configuration requires a region',
      ],
    ],
  },
  runs: [
    polled({
      config: { region: 'us-east-2', access_key: 'AK', secret_key: 'geheim-SK/+', port: 9100 },
      headers: { 'content-type': 'application/json' },
      aspect: signedBy('geheim-SK/+', 'us-east-2'),
      answers: {
        [`${readVms} {} signed`]: 'vms-1.json',
        [`${readVms} {"NextPageToken":"zwei=/+"} signed`]: 'vms-2.json',
        [`${readVms} {"NextPageToken":"drei"} signed`]: 'vms-3.json',
      },
      targets: [
        {
          __address__: '127.95.0.1:9100',
          __meta_outscale_vm_instance_id: 'i-both',
          __meta_outscale_vm_private_ip: '127.95.0.1',
          __meta_outscale_vm_public_ip: '127.96.0.1',
          __meta_outscale_vm_region: 'us-east-2',
          __meta_outscale_vm_state: 'running',
          __meta_outscale_vm_subregion: 'us-east-2a',
          __meta_outscale_vm_tag_Name: 'über "web"\\',
          __meta_outscale_vm_tag_osc_fgpu: 'yes',
        },
        {
          __address__: '127.96.0.2:9100',
          __meta_outscale_vm_instance_id: 'i-public',
          __meta_outscale_vm_public_ip: '127.96.0.2',
          __meta_outscale_vm_region: 'us-east-2',
          __meta_outscale_vm_state: 'stopped',
        },
        {
          __address__: '[2001:db8:95::3]:9100',
          __meta_outscale_vm_instance_id: '',
          __meta_outscale_vm_private_ip: '',
          __meta_outscale_vm_public_ip: '2001:db8:95::3',
          __meta_outscale_vm_region: 'us-east-2',
          __meta_outscale_vm_state: '',
          __meta_outscale_vm_subregion: '',
        },
      ],
      empty: '{"Vms":[],"ResponseContext":{"RequestId":"r"}}',
      misshapen: shapes,
      endlessPages: '{"NextPageToken":"drei"}',
      refusals,
      oracle: noOracle,
    }),
    polled({
      title: 'with an endpoint and a file',
      config: {
        access_key: 'AK',
        secret_key_file: path.join(import.meta.dirname, 'fixtures/secret-key.txt'),
      },
      direct: { listen: 'http', config: (origin) => ({ endpoint: `${origin}/api/latest/` }) },
      headers: {},
      aspect: signedBy('geheim-aus-datei', 'eu-west-2'),
      answers: { 'POST http://api.test/api/latest/ReadVms {} signed': 'vms-3.json' },
      targets: [
        {
          __address__: '[2001:db8:95::3]:80',
          __meta_outscale_vm_instance_id: '',
          __meta_outscale_vm_private_ip: '',
          __meta_outscale_vm_public_ip: '2001:db8:95::3',
          __meta_outscale_vm_region: 'eu-west-2',
          __meta_outscale_vm_state: '',
          __meta_outscale_vm_subregion: '',
        },
      ],
      empty: '{}',
      misshapen: shapes,
      refusals,
      sameLabels: true,
      oracle: noOracle,
    }),
  ],
  families: { __meta_outscale_vm_tag_: 'tag' },
} satisfies MechanismCases
