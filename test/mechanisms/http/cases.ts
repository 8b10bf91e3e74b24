import { STATUS_CODES } from 'node:http'
import type { MechanismCases } from '../suite/cases.js'
import { polled } from '../suite/polled.js'

const masked = 'https://u:xxxxx@inventory.example/sd?a=b'

export default {
  section: {
    least: { url: 'http://a' },
    prints: { follow_redirects: true, enable_http2: true, refresh_interval: '1m', url: 'http://a' },
    most: [{ url: 'http://u:geheim@a', refresh_interval: '2m' }],
    refused: [
      [{}, '1:1: URL is missing'],
      [{ url: '' }, '1:1: url: URL is missing'],
      [{ url: 'h:x' }, "1:1: url: URL scheme must be 'http' or 'https'"],
      [{ url: 'file:///x' }, "1:1: url: URL scheme must be 'http' or 'https'"],
      [{ url: '/x' }, "1:1: url: URL scheme must be 'http' or 'https'"],
      [{ url: 'http://' }, '1:1: url: host is missing in URL'],
      [{ url: 'http:///x' }, '1:1: url: host is missing in URL'],
      [{ url: 'http://h:x/' }, '1:1: url: parse "http://h:x/": invalid port ":x" after host'],
    ],
  },
  runs: [
    polled({
      config: { url: 'https://u:geheim@inventory.example/sd?a=b' },
      headers: {
        authorization: `Basic ${btoa('u:geheim')}`,
        'x-prometheus-refresh-interval-seconds': '60',
      },
      answers: { 'https://inventory.example/sd?a=b': 'groups.json' },
      targets: [
        { __address__: '127.40.0.1:1', __meta_url: masked, x: 'é' },
        { __address__: '127.40.0.2:2', __meta_url: masked, x: 'é' },
        { __address__: '127.40.0.3:3', __meta_url: masked },
      ],
      empty: '[]',
      misshapen: {},
      refusal: (status) =>
        `server returned HTTP status ${String(status)} ${STATUS_CODES[status] ?? ''}`,
      takesHugeAnswers: true,
      failureCounter: 'prometheus_sd_http_failures_total',
      // A password in the URL is not shown.
      oracle: { differences: { __meta_url: 'value' } },
    }),
  ],
} satisfies MechanismCases
