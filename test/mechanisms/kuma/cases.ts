import type { MechanismCases } from '../suite/cases.js'

export default {
  section: {
    least: { server: 'http://a' },
    prints: {
      follow_redirects: true,
      enable_http2: true,
      refresh_interval: '15s',
      fetch_timeout: '2m',
      server: 'http://a',
    },
    most: [
      { server: 'http://u:geheim@a', client_id: 'c', refresh_interval: '1m', fetch_timeout: '1m' },
    ],
    refused: [
      [{ client_id: 'c' }, '1:1: kuma SD server must not be empty: '],
      [{ server: '' }, '1:1: server: kuma SD server must not be empty: '],
      [{ server: 'a' }, '1:1: server: kuma SD server must not be empty and have a scheme: a'],
    ],
  },
} satisfies MechanismCases
