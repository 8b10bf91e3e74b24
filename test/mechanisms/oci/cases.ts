import type { MechanismCases } from '../suite/cases.js'

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
} satisfies MechanismCases
