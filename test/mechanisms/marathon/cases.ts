import type { MechanismCases } from '../suite/cases.js'

export default {
  section: {
    least: { servers: ['a'] },
    prints: { servers: ['a'], refresh_interval: '30s', follow_redirects: true, enable_http2: true },
    most: [
      { servers: ['a', 'http://u:geheim@b'], auth_token: 'geheim', refresh_interval: '1m' },
      { servers: ['a'], auth_token_file: '/t' },
    ],
    refused: [
      [{ servers: [] }, '1:1: servers: marathon_sd: must contain at least one Marathon server'],
      [
        { servers: ['a'], auth_token: 'a', auth_token_file: 'b' },
        '3:1: auth_token_file: marathon_sd: at most one of auth_token & auth_token_file must be configured',
      ],
      [
        { servers: ['a'], auth_token: 'a', basic_auth: { username: 'a' } },
        '2:1: auth_token: marathon_sd: at most one of basic_auth, auth_token & auth_token_file must be configured',
      ],
      [
        { servers: ['a'], auth_token: 'a', bearer_token: 'a' },
        '2:1: auth_token: marathon_sd: at most one of bearer_token, bearer_token_file, auth_token & auth_token_file must be configured',
      ],
      [
        { servers: ['a'], auth_token: 'a', authorization: { credentials: 'x' } },
        '2:1: auth_token: marathon_sd: at most one of auth_token, auth_token_file & authorization must be configured',
      ],
    ],
  },
} satisfies MechanismCases
