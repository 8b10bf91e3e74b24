/** A config with one fault, what Prometheus says to it, and where muster says it is. */
export interface FaultCase {
  readonly name: string
  readonly yaml: string
  /** A part of the message. */
  readonly message: string
  /** `line:column path`. */
  readonly place: string
  /** Prometheus 3.5.3 does not know this yet, or was built without the mechanism. */
  readonly newer?: true
}

/** Indents a block as the rest of the one job of a config; its first line is line 3. */
export function job(rest: string, indent = '  '): string {
  const lines = rest.split('\n').map((line) => indent + line)
  return `scrape_configs:\n- job_name: a\n${lines.join('\n')}\n`
}

const rule = (text: string): string => job(`relabel_configs:\n- ${text}`)
const ruleAt = (column: number, key = ''): string =>
  `4:${String(column)} scrape_configs[0].relabel_configs[0]${key}`

/** Faults of the file itself, `global`, `rule_files` and jobs. */
export const jobFaults: readonly FaultCase[] = [
  {
    name: 'a job without a name',
    yaml: 'scrape_configs:\n- metrics_path: /x\n',
    message: 'job_name is empty',
    place: '2:3 scrape_configs[0]',
  },
  {
    name: 'two jobs of one name',
    yaml: 'scrape_configs:\n- job_name: a\n- job_name: a\n',
    message: 'found multiple scrape configs with job name "a"',
    place: '3:3 scrape_configs[1].job_name',
  },
  {
    name: 'an element of a mechanism that lacks a key',
    yaml: job('hetzner_sd_configs:\n- port: 1'),
    message: 'role missing (one of: robot, hcloud)',
    place: '4:5 scrape_configs[0].hetzner_sd_configs[0]',
  },
  {
    name: 'an element of a mechanism with a wrong key',
    yaml: job('hetzner_sd_configs:\n- role: cloud'),
    message: 'unknown role "cloud"',
    place: '4:11 scrape_configs[0].hetzner_sd_configs[0].role',
  },
  {
    name: 'a timeout longer than the interval',
    yaml: job('scrape_interval: 10s\nscrape_timeout: 11s'),
    message: 'scrape timeout greater than scrape interval for scrape config with job name "a"',
    place: '4:3 scrape_configs[0].scrape_timeout',
  },
  {
    name: 'a global timeout longer than the interval',
    yaml: 'global:\n  scrape_interval: 10s\n  scrape_timeout: 11s\n',
    message: 'global scrape timeout greater than scrape interval',
    place: '3:3 global.scrape_timeout',
  },
  {
    name: 'an external label whose name is no text',
    yaml: 'global:\n  external_labels:\n    !!binary "/w==": x\n',
    message: String.raw`"\xff" is not a valid label name`,
    place: '3:14 global.external_labels.\udcff',
  },
  {
    name: 'an external label whose value is no text',
    yaml: 'global:\n  external_labels:\n    name: !!binary "/w=="\n',
    message: String.raw`"\xff" is not a valid label value`,
    place: '3:5 global.external_labels.name',
  },
  {
    name: 'an external label that the legacy scheme does not take',
    yaml: 'global:\n  metric_name_validation_scheme: legacy\n  external_labels: {a.b: x}\n',
    message: '"a.b" is not a valid label name',
    place: '3:21 global.external_labels.a.b',
    newer: true,
  },
  {
    name: 'a rule file pattern with a star in the middle',
    yaml: 'rule_files:\n- a/*/b.rules\n',
    message: 'invalid rule file path "a/*/b.rules"',
    place: '2:3 rule_files[0]',
  },
  {
    name: 'an included file pattern with two stars',
    yaml: 'scrape_config_files:\n- a/*/*\n',
    message: 'invalid scrape config file path "a/*/*"',
    place: '2:3 scrape_config_files[0]',
  },
  {
    name: 'a mechanism that does not exist',
    yaml: job('consult_sd_configs: []'),
    message: 'field consult_sd_configs not found in type config.ScrapeConfig',
    place: '3:3 scrape_configs[0].consult_sd_configs',
  },
  {
    name: 'an unknown key of global',
    yaml: 'global:\n  nonexistent_field: x\n',
    message: 'field nonexistent_field not found in type config.plain',
    place: '2:3 global.nonexistent_field',
  },
  {
    name: 'a section that stands twice',
    yaml: 'scrape_configs: []\nglobal: {}\nscrape_configs: []\n',
    message: 'field scrape_configs already set in type config.plain',
    place: '3:1 scrape_configs',
  },
  {
    name: 'an empty job',
    yaml: 'scrape_configs:\n-\n',
    message: 'empty or null scrape config section',
    place: '2:1 scrape_configs[0]',
  },
  {
    name: 'an empty relabel rule',
    yaml: job('relabel_configs:\n- ~'),
    message: 'empty or null target relabeling rule in scrape config',
    place: '4:5 scrape_configs[0].relabel_configs[0]',
  },
  {
    name: 'an empty metric relabel rule',
    yaml: job('metric_relabel_configs:\n- ~'),
    message: 'empty or null metric relabeling rule in scrape config',
    place: '4:5 scrape_configs[0].metric_relabel_configs[0]',
  },
  {
    name: 'an empty static config',
    yaml: job('static_configs:\n- ~'),
    message: 'empty or null section in static_configs',
    place: '4:5 scrape_configs[0].static_configs[0]',
  },
  {
    name: 'a URL where an address belongs',
    yaml: job('static_configs:\n- targets:\n  - http://bad'),
    message: '"http://bad" is not a valid hostname',
    place: '4:5 scrape_configs[0].static_configs[0].targets',
  },
  {
    name: 'a size without a unit',
    yaml: job('body_size_limit: 100'),
    message: 'units: unknown unit  in 100',
    place: '3:20 scrape_configs[0].body_size_limit',
  },
  {
    name: 'an unknown scrape protocol',
    yaml: job('scrape_protocols: [prometheusproto]'),
    message:
      'scrape_protocols: unknown scrape protocol prometheusproto, supported: [OpenMetricsText0.0.1 OpenMetricsText1.0.0 PrometheusProto PrometheusText0.0.4 PrometheusText1.0.0] for scrape config with job name "a"',
    place: '3:3 scrape_configs[0].scrape_protocols',
  },
  {
    name: 'a scrape protocol that stands twice',
    yaml: job('scrape_protocols: [PrometheusProto, OpenMetricsText1.0.0, PrometheusProto]'),
    message:
      'duplicated protocol in scrape_protocols, got [PrometheusProto OpenMetricsText1.0.0 PrometheusProto] for scrape config with job name "a"',
    place: '3:3 scrape_configs[0].scrape_protocols',
  },
  {
    name: 'no scrape protocol at all',
    yaml: 'global:\n  scrape_protocols: []\n',
    message: 'scrape_protocols cannot be empty for global config',
    place: '2:3 global.scrape_protocols',
  },
  {
    name: 'an unknown fallback protocol',
    yaml: job('fallback_scrape_protocol: prometheusproto'),
    message:
      'invalid fallback_scrape_protocol for scrape config with job name "a": unknown scrape protocol prometheusproto, supported: [',
    place: '3:3 scrape_configs[0].fallback_scrape_protocol',
  },
  {
    name: 'a list of fallback protocols',
    yaml: job('fallback_scrape_protocol: [PrometheusProto]'),
    message: 'unmarshal errors',
    place: '3:29 scrape_configs[0].fallback_scrape_protocol',
  },
  {
    name: 'an unknown validation scheme',
    yaml: 'global:\n  metric_name_validation_scheme: invalid_scheme\n',
    message: 'unrecognized ValidationScheme: "invalid_scheme"',
    place: '2:34 global.metric_name_validation_scheme',
    newer: true,
  },
  {
    name: 'UTF-8 names asked for under the legacy scheme',
    yaml: job('metric_name_validation_scheme: legacy\nmetric_name_escaping_scheme: allow-utf-8'),
    message: 'utf8 metric names requested but validation scheme is not set to UTF8',
    place: '4:3 scrape_configs[0].metric_name_escaping_scheme',
  },
  {
    name: 'an unknown escaping scheme of a job',
    yaml: job('metric_name_escaping_scheme: x'),
    message:
      "unknown scrape config name escaping method specified, must be one of 'allow-utf-8', 'underscores', 'dots', or 'values', got \"x\"",
    place: '3:3 scrape_configs[0].metric_name_escaping_scheme',
    newer: true,
  },
  {
    name: 'an unknown global escaping scheme',
    yaml: 'global:\n  metric_name_escaping_scheme: x\nscrape_configs:\n- job_name: a\n',
    message:
      "unknown global name escaping method specified, must be one of 'allow-utf-8', 'underscores', 'dots', or 'values', got \"x\"",
    place: '2:3 global.metric_name_escaping_scheme',
    newer: true,
  },
  {
    name: 'a duration without a unit',
    yaml: job('scrape_interval: 5'),
    message: 'not a valid duration string: "5"',
    place: '3:20 scrape_configs[0].scrape_interval',
  },
  {
    name: 'a text where a number belongs',
    yaml: job('sample_limit: abc'),
    message: 'cannot unmarshal !!str `abc` into uint',
    place: '3:17 scrape_configs[0].sample_limit',
  },
  {
    name: 'both kinds of bearer token',
    yaml: job('bearer_token: a\nbearer_token_file: b'),
    message: 'at most one of bearer_token & bearer_token_file must be configured',
    place: '4:3 scrape_configs[0].bearer_token_file',
  },
  {
    name: 'a bearer token beside basic auth',
    yaml: job('bearer_token: a\nbasic_auth: {username: a}'),
    message:
      'at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured',
    place: '3:3 scrape_configs[0].bearer_token',
  },
  {
    name: 'authorization beside basic auth',
    yaml: job('authorization: {credentials: x}\nbasic_auth: {username: a}'),
    message: 'at most one of basic_auth, oauth2 & authorization must be configured',
    place: '3:3 scrape_configs[0].authorization',
  },
]

/** Faults of relabel rules. */
export const ruleFaults: readonly FaultCase[] = [
  {
    name: 'a regex that does not compile',
    yaml: rule('regex: "abc(def"'),
    message: 'error parsing regexp: missing closing ): `^(?s:abc(def)$`',
    place: ruleAt(12, '.regex'),
  },
  {
    name: 'hashmod without a modulus',
    yaml: rule('{action: hashmod, target_label: a}'),
    message: 'relabel configuration for hashmod requires non-zero modulus',
    place: ruleAt(5),
  },
  ...['labelkeep', 'labeldrop'].flatMap((action): readonly FaultCase[] =>
    ['source_labels: [a]', 'target_label: a', 'modulus: 8', 'separator: ","', 'replacement: x'].map(
      (extra) => ({
        name: `${action} with ${extra}`,
        yaml: rule(`${extra}\n  action: ${action}`),
        message: `${action} action requires only 'regex', and no other fields`,
        place: ruleAt(5, `.${extra.split(':')[0] ?? ''}`),
      }),
    ),
  ),
  ...['dropequal', 'keepequal'].flatMap((action): readonly FaultCase[] => [
    {
      name: `${action} without a target label`,
      yaml: rule(`{action: ${action}, source_labels: [a]}`),
      message: `relabel configuration for ${action} action requires 'target_label' value`,
      place: ruleAt(5),
    },
    {
      name: `${action} with a regex, even the default one`,
      yaml: rule(`regex: (.*)\n  action: ${action}\n  target_label: b`),
      message: `${action} action requires only 'source_labels' and \`target_label\`, and no other fields`,
      place: ruleAt(5, '.regex'),
    },
  ]),
  ...['lowercase', 'uppercase'].flatMap((action): readonly FaultCase[] => [
    {
      name: `${action} without a target label`,
      yaml: rule(`{action: ${action}, source_labels: [a]}`),
      message: `relabel configuration for ${action} action requires 'target_label' value`,
      place: ruleAt(5),
    },
    {
      name: `${action} with a replacement`,
      yaml: rule(`replacement: x\n  action: ${action}\n  target_label: a`),
      message: `'replacement' can not be set for ${action} action`,
      place: ruleAt(5, '.replacement'),
    },
  ]),
  {
    name: 'labelmap whose replacement is no base64',
    yaml: rule('replacement: !!binary "*"\n  action: labelmap'),
    message: '!!binary value contains invalid base64 data',
    place: ruleAt(27, '.replacement'),
  },
  {
    name: 'replace without a target label',
    yaml: rule('source_labels: [a]'),
    message: "relabel configuration for replace action requires 'target_label' value",
    place: ruleAt(5),
  },
  {
    name: 'hashmod without a target label',
    yaml: rule('{action: hashmod, modulus: 8}'),
    message: "relabel configuration for hashmod action requires 'target_label' value",
    place: ruleAt(5),
  },
  {
    name: 'an action of null',
    yaml: rule('action:'),
    message: 'relabel action cannot be empty',
    place: ruleAt(5, '.action'),
  },
  {
    name: 'an unknown action',
    yaml: rule('action: Explode'),
    message: 'unknown relabel action "Explode"',
    place: ruleAt(13, '.action'),
  },
  {
    name: 'a target label that the legacy scheme does not take',
    yaml: job(
      'metric_name_validation_scheme: legacy\nrelabel_configs:\n- {target_label: a.b, replacement: x}',
    ),
    message: '"a.b" is invalid \'target_label\' for replace action',
    place: '5:6 scrape_configs[0].relabel_configs[0].target_label',
    newer: true,
  },
]
