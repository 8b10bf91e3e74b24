import type { MechanismCases } from '../suite/cases.js'

export default {
  section: {
    least: { server: 'http://a' },
    prints: {
      server: 'http://a',
      follow_redirects: true,
      enable_http2: true,
      refresh_interval: '30s',
    },
    most: [{ server: 'http://u:geheim@a', refresh_interval: '2m' }],
    refused: [
      [{ server: '' }, '1:1: server: eureka_sd: empty or null eureka server'],
      [{ server: 'eureka' }, '1:1: server: eureka_sd: invalid eureka server URL'],
      [{ refresh_interval: '2m' }, '1:1: eureka_sd: empty or null eureka server'],
    ],
  },
} satisfies MechanismCases
