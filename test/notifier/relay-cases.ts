/** A body for `POST /api/v2/alerts`, and what Alertmanager 0.33.1 answers to it. */
export interface RelayCase {
  readonly name: string
  readonly body: string
  readonly status: number
  /** The body of the answer where it is the same; undefined where only its beginning is. */
  readonly answer?: string
  /** The `x` labels of the alerts that are taken. */
  readonly taken: readonly string[]
}

const unreadable = { status: 400, taken: [] }
const alert = (fields: string): string => `[{"labels":{"x":"1"},${fields}}]`
const good = { status: 200, answer: '', taken: ['1'] }
const refused = (status: number, answer: unknown) => ({
  status,
  answer: `${JSON.stringify(answer)}${status === 400 ? '\n' : ''}`,
  taken: [],
})

export const relayCases: readonly RelayCase[] = [
  { name: 'an alert', body: '[{"labels":{"x":"1"}}]', ...good },
  { name: 'no alerts', body: '[]', status: 200, answer: '', taken: [] },
  { name: 'null', body: 'null', status: 200, answer: '', taken: [] },
  { name: 'unknown fields and null annotations', body: alert('"annotations":null,"y":1'), ...good },
  { name: 'a label that is no name of old', body: '[{"labels":{"x":"1","a b":"c"}}]', ...good },
  { name: 'an empty label beside others', body: '[{"labels":{"x":"1","a":""}}]', ...good },
  { name: 'a null label beside others', body: '[{"labels":{"x":"1","a":null}}]', ...good },
  {
    name: 'Go zero times',
    body: alert('"startsAt":"0001-01-01T00:00:00Z","endsAt":"0001-01-01T00:00:00.000Z"'),
    ...good,
  },
  {
    name: 'a resolved alert',
    body: alert('"startsAt":"2020-01-01T00:00:00Z","endsAt":"2020-01-01T00:00:00Z"'),
    ...good,
  },
  { name: 'an end alone', body: alert('"endsAt":"2020-01-01T00:00:00Z"'), ...good },
  { name: 'a generatorURL that is a star', body: alert('"generatorURL":"*"'), ...good },
  ...['NaN', 'Infinity', '01', '1.', '.5', '+1', '0x1', String.raw`"\x41"`, "'a'"].map((value) => ({
    name: `an unknown field with the value ${value}`,
    body: alert(`"y":${value}`),
    ...unreadable,
  })),
  ...['1e999', '-0', String.raw`"\ud800"`].map((value) => ({
    name: `an unknown field with the value ${value}`,
    body: alert(`"y":${value}`),
    ...good,
  })),
  { name: 'a BOM before the list', body: '\ufeff[]', ...unreadable },
  { name: 'a BOM behind it', body: '[{"labels":{"x":"1"}}]\ufeff', ...good },
  { name: 'single quotes', body: "[{'labels':{'x':'1'}}]", ...unreadable },
  { name: 'a comma too many', body: '[{"labels":{"x":"1"}},]', ...unreadable },
  { name: 'a comment', body: '// a\n[]', ...unreadable },
  {
    name: 'an empty alert',
    body: '[{}]',
    ...refused(422, { code: 602, message: '0.labels in body is required' }),
  },
  { name: 'a line break in a label', body: '[{"labels":{"x":"1\n"}}]', ...unreadable },
  { name: 'an empty generatorURL', body: alert('"generatorURL":""'), ...good },
  { name: 'a generatorURL that is a path', body: alert('"generatorURL":"/graph"'), ...good },
  { name: 'a generatorURL without slashes', body: alert('"generatorURL":"mailto:x"'), ...good },
  ...[
    '2026-01-01',
    '2026-01-01T00:00',
    '2026-01-01T00:00Z',
    '2026-01-01T00:00:00',
    '2026-01-01T00:00:00.5',
    '2026-01-01T00:00:00,5Z',
    '2026-01-01T00:00:00.123456789+02:00',
    '2026-01-01 00:00:00',
    '2026-01-01 00:00:00.5',
    '2026-01-01T1:00:00Z',
    '2026-01-01T1:00',
    '2026-01-01T00:00:00+24:00',
    '2026-01-01T00:00:00-00:60',
    '0000-01-01T00:00:00Z',
    '2025-12-31T23:59:59.9999999999999999Z',
  ].map((time) => ({ name: `the time ${time}`, body: alert(`"startsAt":"${time}"`), ...good })),
  ...[
    'x',
    '1767225600',
    '2026-02-30',
    '2026-1-1',
    '2026-01-01T24:00:00Z',
    '2026-01-01t00:00:00z',
    '2026-01-01T00:00:00+0200',
    '2026-01-01 00:00:00Z',
    ' 2026-01-01',
    '2026-01-01T00:00:00+25:00',
    '2026-01-01T00:00:00+00:61',
    '2026-01-01T00:00:60Z',
    '2026-01-01T00:00:00.Z',
    '2026-01-01T1:0:00Z',
    '10000-01-01T00:00:00Z',
    '2026-W01-1',
  ].map((time) => ({
    name: `the time ${time}`,
    body: alert(`"startsAt":"${time}"`),
    ...unreadable,
  })),
  ...['LABELS', 'Labels', 'labelſ'].map((key) => ({
    name: `labels called ${key}`,
    body: `[{"${key}":{"x":"1"}}]`,
    ...good,
  })),
  {
    name: 'labels in two parts',
    body: '[{"labels":{"x":"0","y":"2"},"LABELS":{"x":"1"}}]',
    ...good,
  },
  ...['labels', String.raw`l\u0061bels`].map((key) => ({
    name: `labels twice, then called ${key}`,
    body: `[{"labels":{"x":"0","y":"2"},"${key}":{"x":"1"}}]`,
    ...good,
  })),
  {
    name: 'labels of which the first part alone has what is looked for',
    body: '[{"labels":{"x":"1"},"labels":{"y":"2"}}]',
    ...good,
  },
  { name: 'labels twice, first null', body: '[{"labels":null,"labels":{"x":"1"}}]', ...good },
  {
    name: 'labels twice, at last null',
    body: '[{"labels":{"x":"1"},"labels":null}]',
    ...refused(422, { code: 602, message: '0.labels in body is required' }),
  },
  {
    name: 'labels twice, first of another kind',
    body: '[{"labels":5,"labels":{"x":"1"}}]',
    ...unreadable,
  },
  { name: 'a label twice', body: '[{"labels":{"x":"0","x":"1"}}]', ...good },
  {
    name: 'a label twice, first of another kind',
    body: '[{"labels":{"x":5,"x":"1"}}]',
    ...unreadable,
  },
  {
    name: 'a label that a null takes away',
    body: '[{"labels":{"x":"1","x":null}}]',
    ...refused(400, 'at least one label pair required'),
  },
  {
    name: 'annotations of which the first part has no name',
    body: alert('"annotations":{"":"1"},"annotations":{"b":"1"}'),
    ...refused(400, 'invalid annotations: invalid name ""'),
  },
  {
    name: 'a time twice, first a bad one',
    body: alert('"startsAt":"x","startsAt":"2026-01-01"'),
    ...unreadable,
  },
  {
    name: 'a time twice, at last null',
    body: alert('"startsAt":"2026-01-01","startsAt":null,"endsAt":"2025-01-01"'),
    ...refused(400, 'start time must be before end time'),
  },
  {
    name: 'a generatorURL twice',
    body: alert('"generatorURL":"foo","generatorURL":"/x"'),
    ...good,
  },
  { name: 'an unknown field twice', body: alert('"y":{"a":1,"a":":"},"y":[{"{":"\\""}]'), ...good },
  {
    name: 'lists as deep as Go reads them',
    body: alert(`"y":${'['.repeat(9998)}${']'.repeat(9998)}`),
    ...good,
  },
  {
    name: 'lists one deeper',
    body: alert(`"y":${'['.repeat(9999)}${']'.repeat(9999)}`),
    ...unreadable,
  },
  { name: 'a body of brackets', body: '['.repeat(100_000), ...unreadable },
  { name: 'labels after a null', body: '[{"labels":null,"LABELS":{"x":"1"}}]', ...good },
  {
    name: 'labels before a null',
    body: '[{"labels":{"x":"1"},"LABELS":null}]',
    ...refused(422, { code: 602, message: '0.labels in body is required' }),
  },
  { name: 'labels of two kinds', body: '[{"labels":{"x":"1"},"Labels":3}]', ...unreadable },
  { name: 'a bad time called STARTSAT', body: alert('"STARTSAT":"foo"'), ...unreadable },
  { name: 'a null after a time', body: alert('"startsAt":"2026-01-01","STARTSAT":null'), ...good },
  {
    name: 'a time that a null leaves as it is',
    body: alert('"startsAt":"2026-01-01","STARTSAT":null,"endsAt":"2025-01-01"'),
    ...refused(400, 'start time must be before end time'),
  },
  {
    name: 'a time that an earlier one replaces',
    body: alert('"startsAt":"2026-01-01","STARTSAT":"2024-01-01","endsAt":"2025-01-01"'),
    ...good,
  },
  {
    name: 'a generatorURL called GENERATORURL',
    body: alert('"GENERATORURL":"foo"'),
    ...refused(422, { code: 601, message: '0.generatorURL in body must be of type uri: "foo"' }),
  },
  {
    name: 'a generatorURL that a null takes away',
    body: alert('"generatorURL":"foo","GENERATORURL":null'),
    ...good,
  },
  ...[' x', ']', '}', '[{"labels":1}]', '\n{"', '\0'].map((rest) => ({
    name: `${JSON.stringify(rest)} behind the list`,
    body: `[{"labels":{"x":"1"}}]${rest}`,
    ...good,
  })),
  {
    name: 'brackets and quotes in a label, and something behind',
    body: String.raw`[{"labels":{"x":"1","y":"]\"}]\\"}}] x`,
    ...good,
  },
  { name: 'something behind null', body: 'nullx', status: 200, answer: '', taken: [] },
  { name: 'something behind an object', body: '{} []', ...unreadable },
  { name: 'something behind a number', body: '1 []', ...unreadable },
  { name: 'a brace for a bracket', body: '[{"labels":{"x":"1"}}}', ...unreadable },
  {
    name: 'space',
    body: ' \n',
    ...refused(422, { code: 602, message: 'alerts in body is required' }),
  },
  { name: 'an object', body: '{}', ...unreadable },
  { name: 'a string', body: '"x"', ...unreadable },
  { name: 'no JSON', body: 'x', ...unreadable },
  { name: 'half a body', body: '[{"labels":{"x":"1"}', ...unreadable },
  { name: 'a list of numbers', body: '[1]', ...unreadable },
  { name: 'a list of lists', body: '[[]]', ...unreadable },
  { name: 'labels that are text', body: '[{"labels":"x"}]', ...unreadable },
  { name: 'a label that is a number', body: '[{"labels":{"x":1}}]', ...unreadable },
  { name: 'annotations that are a list', body: alert('"annotations":[]'), ...unreadable },
  { name: 'a time that is a number', body: alert('"startsAt":1'), ...unreadable },
  { name: 'a generatorURL that is a number', body: alert('"generatorURL":7'), ...unreadable },
  {
    name: 'nothing',
    body: '',
    ...refused(422, { code: 602, message: 'alerts in body is required' }),
  },
  {
    name: 'an alert without labels',
    body: '[{}]',
    ...refused(422, { code: 602, message: '0.labels in body is required' }),
  },
  {
    name: 'labels that are null',
    body: '[{"labels":null}]',
    ...refused(422, { code: 602, message: '0.labels in body is required' }),
  },
  {
    name: 'a second alert without labels',
    body: '[{"labels":{"x":"1"}},{}]',
    ...refused(422, { code: 602, message: '1.labels in body is required' }),
  },
  ...['foo', 'not a url', 'http://x/%zz', 'http://x y/'].map((url) => ({
    name: `the generatorURL ${url}`,
    body: alert(`"generatorURL":"${url}"`),
    ...refused(422, { code: 601, message: `0.generatorURL in body must be of type uri: "${url}"` }),
  })),
  {
    name: 'a bad generatorURL and no labels',
    body: '[{"generatorURL":"foo"}]',
    ...refused(422, { code: 601, message: '0.generatorURL in body must be of type uri: "foo"' }),
  },
  {
    name: 'empty labels',
    body: '[{"labels":{}}]',
    ...refused(400, 'at least one label pair required'),
  },
  {
    name: 'labels without a value',
    body: '[{"labels":{"a":""}}]',
    ...refused(400, 'at least one label pair required'),
  },
  {
    name: 'a label without a name',
    body: '[{"labels":{"":"a"}}]',
    ...refused(400, 'invalid label set: invalid name ""'),
  },
  {
    name: 'an annotation without a name',
    body: alert('"annotations":{"":"a"}'),
    ...refused(400, 'invalid annotations: invalid name ""'),
  },
  {
    name: 'an end before the start',
    body: alert('"startsAt":"2026-01-01T00:00:00Z","endsAt":"2025-01-01T00:00:00Z"'),
    ...refused(400, 'start time must be before end time'),
  },
  {
    name: 'a bad time and bad labels',
    body: '[{"labels":{"":"a"},"startsAt":"2026-01-01T00:00:00Z","endsAt":"2025-01-01T00:00:00Z"}]',
    ...refused(400, 'start time must be before end time'),
  },
  {
    name: 'good alerts beside bad ones',
    body: '[{"labels":{"x":"1"}},{"labels":{}},{"labels":{"x":"2"}},{"labels":{"":"a"}}]',
    status: 400,
    answer: `${JSON.stringify('at least one label pair required\ninvalid label set: invalid name ""')}\n`,
    taken: ['1', '2'],
  },
]
