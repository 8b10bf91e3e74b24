import type { MechanismCases } from '../suite/cases.js'

export default {
  section: {
    least: {
      application_key: 'a',
      application_secret: 'geheim',
      consumer_key: 'geheim',
      service: 'dedicated_server',
    },
    prints: {
      endpoint: 'ovh-eu',
      application_key: 'a',
      application_secret: '<secret>',
      consumer_key: '<secret>',
      refresh_interval: '1m',
      service: 'dedicated_server',
    },
    most: [
      {
        endpoint: 'ovh-ca',
        application_key: 'a',
        application_secret: 'geheim',
        consumer_key: 'geheim',
        service: 'vps',
        refresh_interval: '1d',
      },
    ],
    refused: [
      [
        {
          endpoint: '',
          application_key: 'a',
          application_secret: 'b',
          consumer_key: 'c',
          service: 'vps',
        },
        '1:1: endpoint: endpoint can not be empty',
      ],
      [
        { application_secret: 'b', consumer_key: 'c', service: 'vps' },
        '1:1: application key can not be empty',
      ],
      [
        { application_key: 'a', consumer_key: 'b', service: 'vps' },
        '1:1: application secret can not be empty',
      ],
      [
        { application_key: 'a', application_secret: 'b', service: 'vps' },
        '1:1: consumer key can not be empty',
      ],
      [
        {
          application_key: 'a',
          application_secret: 'b',
          consumer_key: 'c',
          service: 'fakeservice',
        },
        '4:1: service: unknown service: fakeservice',
      ],
    ],
  },
} satisfies MechanismCases
