import type { MechanismCases } from '../suite/cases.js'
import { polled } from '../suite/polled.js'

const type = 'type.googleapis.com/kuma.observability.v1.MonitoringAssignment'

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
      [
        { server: '//u:geheim@a' },
        '1:1: server: kuma SD server must not be empty and have a scheme: //u:xxxxx@a',
      ],
    ],
  },
  runs: [
    polled({
      config: {
        refresh_interval: '1m',
        fetch_timeout: '45s',
        client_id: 'muster-1',
        bearer_token: 'geheim-token',
      },
      direct: { listen: 'http', config: (origin) => ({ server: `${origin}/kuma/?a=b` }) },
      headers: { authorization: 'Bearer geheim-token' },
      answers: {
        'POST http://api.test/kuma/v3/discovery:monitoringassignments?fetch-timeout=45s':
          'assignments.json',
      },
      targets: [
        {
          __address__: '127.54.0.1:5670',
          __scheme__: 'http',
          __metrics_path__: '/metrics',
          instance: 'redis-1',
          __meta_kuma_mesh: 'default',
          __meta_kuma_service: 'redis',
          __meta_kuma_dataplane: 'redis-1',
          __meta_kuma_label_team: 'web',
          __meta_kuma_label_both: 'assignment',
          __meta_kuma_label_kuma_io_zone: 'eu',
          __meta_kuma_label_k8s_kuma_io_namespace: 'a b',
          __meta_kuma_label_kuma_io_protocol: 'tcp',
        },
        {
          __address__: '[::1]:5670',
          __scheme__: 'https',
          __metrics_path__: '/own?x=1',
          instance: 'redis-2',
          __meta_kuma_mesh: 'default',
          __meta_kuma_service: 'redis',
          __meta_kuma_dataplane: 'redis-2',
          __meta_kuma_label_team: 'web',
          __meta_kuma_label_both: 'assignment',
          __meta_kuma_label_kuma_io_zone: 'eu',
        },
        {
          __address__: '127.54.0.3:80',
          __scheme__: 'http',
          __metrics_path__: '/m',
          instance: 'web-1',
          __meta_kuma_mesh: 'second',
          __meta_kuma_service: 'web',
          __meta_kuma_dataplane: 'web-1',
        },
      ],
      empty: `{"typeUrl":"${type}"}`,
      misshapen: {
        '[]': 'expected an object, got a list',
        '{"resources":[{"targets":[{"labels":{"a":1}}]}]}':
          'resources[0].targets[0].labels["a"]: expected a string, got a number',
      },
      refusal: (status) => `non 200 status '${String(status)}' response during xDS fetch`,
      refusals: [
        {
          status: 200,
          body: `{"type_url":"${type}2"}`,
          says: `received invalid typeURL for Kuma MADS v1 Resource: ${type}2`,
        },
        {
          status: 200,
          body: '{}',
          says: 'received invalid typeURL for Kuma MADS v1 Resource: ',
        },
        {
          status: 200,
          body: `{"type_url":"${type}","resources":[{"@type":"${type}"},{"@type":"other"}]}`,
          says: 'received invalid typeURL for Kuma MADS v1 Resource: other',
        },
        { status: 201, body: '{}', says: "non 200 status '201' response during xDS fetch" },
      ],
      failureCounter: 'prometheus_sd_kuma_fetch_failures_total',
      oracleAnswers: {
        'POST http://api.test/kuma/v3/discovery:monitoringassignments?a=b': 'assignments.json',
      },
      oracle: {
        release: 'vmagent',
        differences: {
          // In Prometheus a label of the assignment wins over that of its target, in vmagent it does not.
          __meta_kuma_label_both: 'value',
          // Those of vmagent cannot be told from the defaults of a scrape config.
          __scheme__: 'ours',
          __metrics_path__: 'ours',
        },
      },
    }),
  ],
  families: {
    __meta_kuma_label_: 'label',
  },
} satisfies MechanismCases
