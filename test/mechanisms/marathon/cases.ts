import type { MechanismCases } from '../suite/cases.js'
import { polled } from '../suite/polled.js'

const web = {
  __meta_marathon_app: '/shop/web',
  __meta_marathon_image: 'repo/web:1',
  __meta_marathon_app_label_prometheus: 'yes',
  __meta_marathon_app_label_team_example_com_owner: 'a b',
  __meta_marathon_app_label_nothing: '',
}

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
  runs: [
    polled({
      config: { refresh_interval: '1m', auth_token: 'geheim-token' },
      direct: { listen: 'http', config: (origin) => ({ servers: [origin] }) },
      headers: { authorization: 'token=geheim-token' },
      answers: { 'http://api.test/v2/apps/?embed=apps.tasks': 'apps.json' },
      targets: [
        {
          ...web,
          __address__: '127.41.0.1:31000',
          __meta_marathon_task: 'web.1',
          __meta_marathon_port_index: '0',
          __meta_marathon_port_mapping_label_path: '/metrics',
          __meta_marathon_port_mapping_label_a_b: 'c',
        },
        {
          ...web,
          __address__: '127.41.0.1:9999',
          __meta_marathon_task: 'web.1',
          __meta_marathon_port_index: '1',
        },
        {
          ...web,
          // It has fewer ports than its app, so that nothing says which of them this is.
          __address__: '[::1]:0',
          __meta_marathon_task: 'web.2',
          __meta_marathon_port_index: '0',
          __meta_marathon_port_mapping_label_path: '/metrics',
          __meta_marathon_port_mapping_label_a_b: 'c',
        },
        {
          ...web,
          __address__: '[::1]:9999',
          __meta_marathon_task: 'web.2',
          __meta_marathon_port_index: '1',
        },
        {
          ...target('/shop/old', 'old.1', 0, '127.41.0.2:31010'),
          __meta_marathon_image: 'repo/old:1',
          __meta_marathon_port_mapping_label_old: 'yes',
        },
        target('/net/own', 'own.1', 0, '127.41.1.1:7000'),
        target('/net/own', 'own.1', 1, '127.41.1.1:0'),
        target('/net/own', 'own.2', 0, '127.41.0.3:7000'),
        target('/net/own', 'own.2', 1, '127.41.0.3:31021'),
        {
          ...target('/defined/required', 'required.1', 0, '127.41.0.4:10101'),
          __meta_marathon_port_definition_label_scrape: 'on',
        },
        target('/defined/required', 'required.1', 1, '127.41.0.4:10102'),
        {
          ...target('/defined/any', 'any.1', 0, '127.41.0.5:31030'),
          __meta_marathon_port_definition_label_scrape: 'on',
        },
        {
          ...target('/defined/any', 'any.2', 0, '127.41.0.5:0'),
          __meta_marathon_port_definition_label_scrape: 'on',
        },
        target('/plain', 'plain.1', 0, '127.41.0.6:31040'),
        target('/plain', 'plain.1', 1, '127.41.0.6:31041'),
        // What its first task has is what its app has.
        target('/plain', 'plain.2', 0, '127.41.0.7:31040'),
        target('/plain', 'plain.2', 1, '127.41.0.7:31041'),
      ],
      empty: '{}',
      misshapen: {
        '[]': 'expected an object, got a list',
        '{"apps":[{"id":"a"},{"tasks":[{"ports":["geheim"]}]}]}':
          'apps[1].tasks[0].ports[0]: expected a whole number up to 2^53, got a string',
      },
      refusal: (status) =>
        `non 2xx status '${String(status)}' response during marathon service discovery`,
      oracle: {},
    }),
  ],
  families: {
    __meta_marathon_app_label_: 'label',
    __meta_marathon_port_mapping_label_: 'label',
    __meta_marathon_port_definition_label_: 'label',
  },
} satisfies MechanismCases

/** A target of an app that says nothing of itself. */
function target(
  app: string,
  task: string,
  index: number,
  address: string,
): Readonly<Record<string, string>> {
  return {
    __address__: address,
    __meta_marathon_app: app,
    __meta_marathon_image: '',
    __meta_marathon_task: task,
    __meta_marathon_port_index: String(index),
  }
}
