import type { MechanismCases } from '../suite/cases.js'

export default {
  section: {
    least: { url: 'http://a', query: 'b' },
    prints: {
      follow_redirects: true,
      enable_http2: true,
      refresh_interval: '1m',
      port: 80,
      url: 'http://a',
      query: 'b',
      include_parameters: false,
    },
    most: [
      {
        url: 'http://u:geheim@a',
        query: 'q',
        include_parameters: true,
        refresh_interval: '2m',
        port: 1,
      },
    ],
    refused: [
      [{ url: 'http://x' }, '1:1: query missing'],
      [{ query: 'x' }, '1:1: URL is missing'],
      [{ url: 'http://', query: 'x' }, '1:1: url: host is missing in URL'],
      [{ url: '//x', query: 'x' }, "1:1: url: URL scheme must be 'http' or 'https'"],
    ],
  },
} satisfies MechanismCases
