import type { MechanismCases } from '../suite/cases.js'

export default {
  section: {
    least: {},
    prints: {
      server: 'localhost:8500',
      tag_separator: ',',
      scheme: 'http',
      allow_stale: true,
      refresh_interval: '30s',
      follow_redirects: true,
      enable_http2: true,
    },
    most: [
      {
        server: 'http://u:geheim@a:8500',
        path_prefix: '/p',
        token: 'geheim',
        datacenter: 'd',
        namespace: 'n',
        partition: 'p',
        tag_separator: ';',
        scheme: 'https',
        allow_stale: false,
        refresh_interval: '1m',
        services: ['s'],
        tags: ['t'],
        node_meta: { a: 'b' },
        filter: 'f',
        health_filter: 'h',
      },
      { username: 'me', password: 'geheim' },
    ],
    refused: [
      [{ server: ' ' }, '1:1: server: consul SD configuration requires a server address'],
      [
        { username: 'me', basic_auth: { username: 'you' } },
        '1:1: username: at most one of consul SD configuration username and password and basic auth can be configured',
      ],
      [
        { password: 'x', authorization: { credentials: 'y' } },
        '1:1: password: at most one of basic_auth, oauth2 & authorization must be configured',
      ],
      [
        { username: 'me', bearer_token: 'y' },
        '1:1: username: at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured',
      ],
      [
        { token: 'x', authorization: { credentials: 'y' } },
        '1:1: token: at most one of consul SD token, authorization, or oauth2 can be configured',
      ],
      [
        { token: 'x', oauth2: { client_id: 'a', client_secret: 'b', token_url: 'http://x' } },
        '1:1: token: at most one of consul SD token, authorization, or oauth2 can be configured',
      ],
    ],
  },
} satisfies MechanismCases
