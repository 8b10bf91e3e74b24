import type { MechanismCases } from '../suite/cases.js'

export default {
  section: {
    least: { server: 'http://x', username: 'b', password: 'geheim' },
    prints: {
      server: 'http://x',
      username: 'b',
      password: '<secret>',
      follow_redirects: true,
      enable_http2: true,
      entitlement: 'monitoring_entitled',
      separator: ',',
      refresh_interval: '1m',
    },
    most: [
      {
        server: 'http://u:geheim@x',
        username: 'b',
        password: 'geheim',
        entitlement: 'e',
        separator: 's',
        refresh_interval: '2m',
      },
    ],
    refused: [
      [{ username: 'a', password: 'b' }, '1:1: Uyuni SD configuration requires server host'],
      [{ server: 'http://x', password: 'b' }, '1:1: Uyuni SD configuration requires a username'],
      [{ server: 'http://x', username: 'a' }, '1:1: Uyuni SD configuration requires a password'],
      [
        { server: 'http://x:y', username: 'a', password: 'b' },
        '1:1: server: Uyuni Server URL is not valid: parse "http://x:y": invalid port ":y" after host',
      ],
    ],
  },
} satisfies MechanismCases
