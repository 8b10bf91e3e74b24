import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { MechanismCases } from '../suite/cases.js'
import { polled, type PolledCases } from '../suite/polled.js'

const privateKey = generateKeyPairSync('rsa', {
  modulusLength: 1024,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
}).privateKey

const account = {
  type: 'service_account',
  project_id: 'p',
  client_email: 'muster@p.iam.gserviceaccount.com',
  private_key_id: 'k1',
  private_key: privateKey,
  token_uri: 'https://oauth2.googleapis.com/token',
}

/** Writes the key of a service account. */
const environment: PolledCases['environment'] = async (folder) => {
  const file = path.join(folder, 'service-account.json')
  await writeFile(file, JSON.stringify(account))
  return { GOOGLE_APPLICATION_CREDENTIALS: file }
}

function decoded(part: string): unknown {
  return JSON.parse(Buffer.from(part, 'base64url').toString())
}

/** What a token is asked for with, once its signature is seen to be right; and whether a request has the token. */
const aspect: PolledCases['aspect'] = ({ headers, body }) => {
  const form = new URLSearchParams(body)
  const assertion = form.get('assertion')
  if (assertion === null) return headers.authorization === 'Bearer geheim-token' ? 'with token' : ''
  const [header = '', claims = '', signature = ''] = assertion.split('.')
  const isRight = verify(
    'RSA-SHA256',
    Buffer.from(`${header}.${claims}`),
    createPublicKey(privateKey),
    Buffer.from(signature, 'base64url'),
  )
  const { kid, alg } = decoded(header) as { kid: string; alg: string }
  const { iss, scope, aud, iat, exp } = decoded(claims) as Record<string, string | number>
  const lasts = Number(exp) - Number(iat)
  return [isRight ? 'signed' : 'unsigned', alg, kid, iss, scope, aud, lasts].join(' ')
}

const token =
  'POST https://oauth2.googleapis.com/token signed RS256 k1 muster@p.iam.gserviceaccount.com ' +
  'https://www.googleapis.com/auth/compute.readonly https://oauth2.googleapis.com/token 3600'
const zone = 'https://compute.googleapis.com/compute/v1/projects/p/zones/europe-west1-b/instances'
const resources = 'https://www.googleapis.com/compute/v1/projects/p'

export default {
  section: {
    least: { project: 'a', zone: 'b' },
    prints: { project: 'a', zone: 'b', refresh_interval: '1m', port: 80, tag_separator: ',' },
    most: [
      { project: 'a', zone: 'b', filter: 'f', tag_separator: ';', refresh_interval: '2m', port: 1 },
    ],
    refused: [
      [{ zone: 'x' }, '1:1: GCE SD configuration requires a project'],
      [{ project: 'x' }, '1:1: GCE SD configuration requires a zone'],
    ],
  },
  runs: [
    polled({
      config: {
        project: 'p',
        zone: 'europe-west1-b',
        filter: '(labels.env = "prod") AND (status=RUNNING) + x',
        port: 9100,
        tag_separator: ';',
      },
      environment,
      headers: {},
      aspect,
      kept: [token],
      answers: {
        [token]: 'token.json',
        [`${zone}?alt=json&filter=%28labels.env+%3D+%22prod%22%29+AND+%28status%3DRUNNING%29+%2B+x&prettyPrint=false with token`]:
          'instances-1.json',
        [`${zone}?alt=json&filter=%28labels.env+%3D+%22prod%22%29+AND+%28status%3DRUNNING%29+%2B+x&pageToken=a%2Fb%2Bc%3D&prettyPrint=false with token`]:
          'instances-2.json',
        [`${zone}?alt=json&filter=%28labels.env+%3D+%22prod%22%29+AND+%28status%3DRUNNING%29+%2B+x&pageToken=last&prettyPrint=false with token`]:
          'instances-3.json',
      },
      targets: [
        {
          __address__: '127.80.0.1:9100',
          __meta_gce_instance_id: '18446744073709551615',
          __meta_gce_instance_name: 'web-1',
          __meta_gce_instance_status: 'RUNNING',
          __meta_gce_interface_ipv4_nic0: '127.80.0.1',
          __meta_gce_interface_ipv4_nic_1: '127.80.1.1',
          __meta_gce_label_env: 'prod',
          __meta_gce_label_team_x: '',
          __meta_gce_machine_type: `${resources}/zones/europe-west1-b/machineTypes/e2-small`,
          __meta_gce_metadata_empty: '',
          __meta_gce_metadata_startup_script: '#! /bin/sh\necho "über"\\\n',
          __meta_gce_network: `${resources}/global/networks/default`,
          __meta_gce_private_ip: '127.80.0.1',
          __meta_gce_project: 'p',
          __meta_gce_public_ip: '127.81.0.1',
          __meta_gce_subnetwork: `${resources}/regions/europe-west1/subnetworks/default`,
          __meta_gce_tags: ';http-server;db;',
          __meta_gce_zone: `${resources}/zones/europe-west1-b`,
        },
        {
          __address__: '127.80.0.2:9100',
          __meta_gce_instance_id: '0',
          __meta_gce_instance_name: '',
          __meta_gce_instance_status: '',
          __meta_gce_interface_ipv4_: '127.80.0.2',
          __meta_gce_machine_type: '',
          __meta_gce_network: '',
          __meta_gce_private_ip: '127.80.0.2',
          __meta_gce_project: 'p',
          __meta_gce_subnetwork: '',
          __meta_gce_zone: '',
        },
        {
          __address__: ':9100',
          __meta_gce_instance_id: '3',
          __meta_gce_instance_name: 'v6-only',
          __meta_gce_instance_status: 'TERMINATED',
          __meta_gce_machine_type: '',
          __meta_gce_network: '',
          __meta_gce_private_ip: '',
          __meta_gce_project: 'p',
          __meta_gce_public_ip: '',
          __meta_gce_subnetwork: '',
          __meta_gce_zone: '',
        },
      ],
      empty: '{"kind":"compute#instanceList"}',
      misshapen: {
        '[]': 'expected an object, got a list',
        '{"items":[{},{"id":7}]}': 'items[1].id: expected the digits of a number, got a number',
        '{"items":[{"metadata":{"items":[{"value":1}]}}]}':
          'items[0].metadata.items[0].value: expected a string, got a number',
      },
      endlessPages: '{"nextPageToken":"last"}',
      refusals: [
        {
          status: 403,
          body: '{"error":{"code":403,"message":"Required \'compute.instances.list\' permission for \'projects/p\'","errors":[{"reason":"forbidden"}]}}',
          says: `${zone}?alt=json&filter=%28labels.env+%3D+%22prod%22%29+AND+%28status%3DRUNNING%29+%2B+x&prettyPrint=false: server returned HTTP status 403 Forbidden: Required 'compute.instances.list' permission for 'projects/p'`,
        },
      ],
      oracle: { alone: true },
    }),
  ],
  families: {
    __meta_gce_interface_ipv4_: 'interface',
    __meta_gce_label_: 'label',
    __meta_gce_metadata_: 'key',
  },
} satisfies MechanismCases
