import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { MechanismCases } from '../suite/cases.js'
import type { CloudRequest } from '../suite/clouds.js'
import { polled } from '../suite/polled.js'
import { signed } from './signed.js'

const fixture = (name: string): string => path.join(import.meta.dirname, 'fixtures', name)
const publicKey = readFileSync(fixture('public.pem'))

/** Empty for a request that is signed as it has to be; else what is wrong with it. */
function fault({ line, headers, body }: CloudRequest): string {
  const { pathname, search } = new URL(line)
  const found = signed({ method: 'GET', path: pathname + search, headers, body }, publicKey)
  return found === `${tenancy}/${user}/${fingerprint} date (request-target) host` ? 'signed' : found
}

const tenancy = 'ocid1.tenancy.oc1..t'
const user = 'ocid1.user.oc1..u'
const fingerprint = '20:3b:97'
const web = 'ocid1.compartment.oc1..web'
const iaas = 'https://iaas.eu-frankfurt-1.oraclecloud.com/20160918'
const identity = 'https://identity.eu-frankfurt-1.oci.oraclecloud.com/20160918'
const instances = `${iaas}/instances?compartmentId`
const attachments = `${iaas}/vnicAttachments?compartmentId`
const compartments = (id: string): string =>
  `${identity}/compartments?accessLevel=ACCESSIBLE&compartmentId=${id}&compartmentIdInSubtree=false&limit=100`
const government = 'https://iaas.us-gov-ashburn-1.oraclegovcloud.com/20160918'
const keys = { tenancy, user, fingerprint, region: 'eu-frankfurt-1' }
const newer = 'oci_sd_configs is newer than any release that can be run here'

/** The labels of an instance of which nothing is known but its ids. */
const bare = {
  __meta_oci_instance_name: '',
  __meta_oci_instance_state: '',
  __meta_oci_instance_shape: '',
  __meta_oci_availability_domain: '',
  __meta_oci_fault_domain: '',
  __meta_oci_region: '',
  __meta_oci_tenancy_id: tenancy,
  __meta_oci_compartment_id: web,
  __meta_oci_image_id: '',
  __meta_oci_private_ip: '',
  __meta_oci_public_ip: '',
  __meta_oci_ipv6_addresses: '',
  __meta_oci_hostname_label: '',
}
const ofB = {
  ...bare,
  __address__: '127.102.0.2:80',
  __meta_oci_instance_id: 'ocid1.instance.oc1..a',
  __meta_oci_vnic_id: 'ocid1.vnic.oc1..b',
  __meta_oci_public_ip: '127.102.0.2',
}

export default {
  section: {
    least: { region: 'a', auth: 'instance_principal' },
    prints: {
      auth: 'instance_principal',
      region: 'a',
      refresh_interval: '1m',
      port: 80,
      follow_redirects: true,
      enable_http2: true,
    },
    most: [
      {
        auth: 'api_key',
        tenancy: 't',
        user: 'u',
        fingerprint: 'f',
        key_file: '/k',
        key_passphrase: 'geheim',
        region: 'r',
        compartments: ['c'],
        refresh_interval: '2m',
        port: 1,
      },
      {
        tenancy: 't',
        user: 'u',
        fingerprint: 'f',
        key_file: '/k',
        key_passphrase_file: '/p',
        region: 'r',
      },
    ],
    refused: [
      [{ auth: 'instance_principal' }, '1:1: oci_sd: region is required'],
      [
        { region: 'a', auth: 'invalid' },
        '2:1: auth: oci_sd: unknown auth method "invalid", expected "api_key" or "instance_principal"',
      ],
      [
        { region: 'a', auth: 'instance_principal', user: 'x' },
        '1:1: oci_sd: instance_principal auth must not have tenancy, user, fingerprint, key_file, key_passphrase, or key_passphrase_file set',
      ],
      [
        { region: 'a', auth: 'instance_principal', compartments: [''] },
        '3:1: compartments: oci_sd: compartments[0] must not be empty',
      ],
      [
        { region: 'a', auth: 'instance_principal', refresh_interval: '0s' },
        '3:1: refresh_interval: oci_sd: refresh_interval must be positive, got 0s',
      ],
      [
        { region: 'a', tenancy: 't', user: 'u', fingerprint: 'f' },
        '1:1: oci_sd: api_key auth requires key_file',
      ],
      [
        {
          region: 'a',
          tenancy: 't',
          user: 'u',
          fingerprint: 'f',
          key_file: 'k',
          key_passphrase: 'p',
          key_passphrase_file: 'f',
        },
        '7:1: key_passphrase_file: oci_sd: at most one of key_passphrase and key_passphrase_file must be configured',
      ],
    ],
  },
  runs: [
    polled({
      config: { ...keys, key_file: fixture('key.pem'), compartments: [web], port: 9100 },
      headers: { accept: 'application/json' },
      aspect: fault,
      answers: {
        [`${instances}=${web}&limit=100 signed`]: {
          file: 'instances-1.json',
          headers: { 'opc-next-page': 'geheim/next+page==' },
        },
        [`${instances}=${web}&limit=100&page=geheim%2Fnext%2Bpage%3D%3D signed`]:
          'instances-2.json',
        [`${attachments}=${web}&limit=100 signed`]: {
          file: 'attachments-1.json',
          headers: { 'opc-next-page': 'a1' },
        },
        [`${attachments}=${web}&limit=100&page=a1 signed`]: 'attachments-2.json',
        [`${iaas}/vnics/ocid1.vnic.oc1..a2 signed`]: 'vnic-a2.json',
        [`${iaas}/vnics/ocid1.vnic.oc1..a1 signed`]: 'vnic-a1.json',
        [`${iaas}/vnics/ocid1.vnic.oc1..b signed`]: 'vnic-b.json',
        [`${iaas}/vnics/ocid1.vnic.oc1..c signed`]: 'vnic-c.json',
        [`${iaas}/vnics/ocid1.vnic.oc1..e signed`]: 'vnic-e.json',
      },
      targets: [
        {
          __address__: '127.101.0.1:9100',
          __meta_oci_instance_id: 'ocid1.instance.oc1..a',
          __meta_oci_instance_name: 'web 1',
          __meta_oci_instance_state: 'RUNNING',
          __meta_oci_instance_shape: 'VM.Standard.E4.Flex',
          __meta_oci_availability_domain: 'Uocm:EU-FRANKFURT-1-AD-1',
          __meta_oci_fault_domain: 'FAULT-DOMAIN-2',
          __meta_oci_region: 'eu-frankfurt-1',
          __meta_oci_tenancy_id: tenancy,
          __meta_oci_compartment_id: web,
          __meta_oci_image_id: 'ocid1.image.oc1..i',
          __meta_oci_vnic_id: 'ocid1.vnic.oc1..a1',
          __meta_oci_private_ip: '127.101.0.1',
          __meta_oci_public_ip: '127.102.0.1',
          __meta_oci_ipv6_addresses: ',2001:db8:101::1,2001:db8:101::2,',
          __meta_oci_hostname_label: 'web1',
          __meta_oci_tag_team: 'Größe & more',
          __meta_oci_tag_a_b_c: '',
          __meta_oci_defined_tag_Oracle_Tags_CreatedBy: 'someone',
          __meta_oci_defined_tag_Oracle_Tags_n: '1.5',
          __meta_oci_defined_tag_Oracle_Tags_big: '1000000000000000000000',
          __meta_oci_defined_tag_Oracle_Tags_on: 'true',
          __meta_oci_defined_tag_ns_x_a_b: 'c',
        },
        {
          ...ofB,
          __address__: '127.102.0.2:9100',
          __meta_oci_instance_id: 'ocid1.instance.oc1..b',
          __meta_oci_instance_state: 'STOPPED',
        },
        {
          ...bare,
          __address__: '[2001:db8:101::3]:9100',
          __meta_oci_instance_id: 'ocid1.instance.oc1..c',
          __meta_oci_instance_state: 'RUNNING',
          __meta_oci_vnic_id: 'ocid1.vnic.oc1..c',
          __meta_oci_ipv6_addresses: ',2001:db8:101::3,2001:db8:101::4,',
        },
      ],
      empty: '[]',
      misshapen: { '[]': 'expected an object, got a list' },
      refusals: [
        {
          status: 401,
          body: '{"code":"NotAuthenticated","message":"The required information to complete authentication was not provided."}',
          says: `${instances}=${web}&limit=100: 401 Unauthorized: NotAuthenticated: The required information to complete authentication was not provided.`,
        },
        {
          status: 404,
          body: '{"code":"NotAuthorizedOrNotFound","message":"Authorization failed or requested resource not found."}',
          says: `${instances}=${web}&limit=100: 404 Not Found: NotAuthorizedOrNotFound: Authorization failed or requested resource not found.`,
        },
      ],
      oracle: newer,
    }),
    polled({
      title: 'with all compartments of a tenancy',
      config: {
        ...keys,
        key_file: fixture('encrypted.pem'),
        key_passphrase: 'geheim-of-the-key',
      },
      headers: { accept: 'application/json' },
      aspect: fault,
      answers: {
        [`${compartments(tenancy)} signed`]: {
          file: 'compartments-1.json',
          headers: { 'opc-next-page': 'c1' },
        },
        [`${compartments(tenancy)}&page=c1 signed`]: 'compartments-2.json',
        [`${compartments(web)} signed`]: 'nothing.json',
        [`${instances}=${tenancy}&limit=100 signed`]: 'nothing.json',
        [`${instances}=${web}&limit=100 signed`]: 'one-instance.json',
        [`${attachments}=${web}&limit=100 signed`]: 'one-attachment.json',
        [`${iaas}/vnics/ocid1.vnic.oc1..b signed`]: 'vnic-b.json',
      },
      // One that fails leaves the others as they are: compartments.test.ts.
      ofOneTarget: [
        `${compartments(tenancy)} signed`,
        `${compartments(tenancy)}&page=c1 signed`,
        `${compartments(web)} signed`,
        `${instances}=${tenancy}&limit=100 signed`,
        `${instances}=${web}&limit=100 signed`,
        `${attachments}=${web}&limit=100 signed`,
        `${iaas}/vnics/ocid1.vnic.oc1..b signed`,
      ],
      targets: [ofB],
      empty: '[]',
      misshapen: {},
      sameLabels: true,
      oracle: newer,
    }),
    polled({
      title: 'with a passphrase in a file, in a region of a government',
      config: {
        ...keys,
        region: 'us-gov-ashburn-1',
        key_file: fixture('encrypted.pem'),
        key_passphrase_file: fixture('passphrase.txt'),
        compartments: [web],
      },
      headers: { accept: 'application/json' },
      aspect: fault,
      answers: {
        [`${government}/instances?compartmentId=${web}&limit=100 signed`]: 'one-instance.json',
        [`${government}/vnicAttachments?compartmentId=${web}&limit=100 signed`]:
          'one-attachment.json',
        [`${government}/vnics/ocid1.vnic.oc1..b signed`]: 'vnic-b.json',
      },
      targets: [ofB],
      empty: '[]',
      misshapen: { '[]': 'expected an object, got a list' },
      sameLabels: true,
      oracle: newer,
    }),
  ],
  families: { __meta_oci_tag_: 'tag', __meta_oci_defined_tag_: 'namespace>_<tag' },
} satisfies MechanismCases
