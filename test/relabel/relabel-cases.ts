import type { Labels } from '../../src/labels/index.js'
import type { RelabelRule } from '../../src/relabel/index.js'

/** A title, the labels before, the rules, and the labels after; none where the target is dropped. */
type Case = readonly [
  title: string,
  input: Labels,
  rules: readonly Partial<RelabelRule>[],
  output: Labels | undefined,
]

const abc = { a: 'foo', b: 'bar', c: 'baz' }
const ports = { __tmp_port: '1234', __port1: '1234', __port2: '5678' }
const tags = { __meta_sd_tags: 'path:/secret,job:some-job,label:foo=bar' }

/** The cases of Prometheus' own table, and what it leaves open. */
export const cases: readonly Case[] = [
  [
    'replace puts a group into the replacement, twice',
    abc,
    [{ source_labels: ['a'], regex: 'f(.*)', target_label: 'd', replacement: 'ch${1}-ch${1}' }],
    { ...abc, d: 'choo-choo' },
  ],
  [
    'a rule sees what the one before it wrote',
    abc,
    [
      {
        source_labels: ['a', 'b'],
        regex: 'f(.*);(.*)r',
        target_label: 'a',
        replacement: 'b${1}${2}m',
      },
      {
        source_labels: ['c', 'a'],
        regex: '(b).*b(.*)ba(.*)',
        target_label: 'd',
        replacement: '$1$2$2$3',
      },
    ],
    { a: 'boobam', b: 'bar', c: 'baz', d: 'boooom' },
  ],
  [
    'drop ends it, whatever follows',
    { a: 'foo' },
    [
      { source_labels: ['a'], regex: '.*o.*', action: 'drop' },
      { source_labels: ['a'], regex: 'f(.*)', target_label: 'd', replacement: 'ch$1-ch$1' },
    ],
    undefined,
  ],
  [
    'drop takes a target whose value matches',
    abc,
    [{ source_labels: ['a'], regex: '.*o.*', action: 'drop' }],
    undefined,
  ],
  [
    'a group in the middle is found',
    { a: 'abc' },
    [{ source_labels: ['a'], regex: '.*(b).*', target_label: 'd', replacement: '$1' }],
    { a: 'abc', d: 'b' },
  ],
  [
    'drop leaves a target whose value does not match',
    { a: 'foo' },
    [{ source_labels: ['a'], regex: 'no-match', action: 'drop' }],
    { a: 'foo' },
  ],
  [
    'the whole value has to match, in each branch',
    { a: 'foo' },
    [{ source_labels: ['a'], regex: 'f|o', action: 'drop' }],
    { a: 'foo' },
  ],
  [
    'keep drops what does not match',
    { a: 'foo' },
    [{ source_labels: ['a'], regex: 'no-match', action: 'keep' }],
    undefined,
  ],
  [
    'keep leaves what matches',
    { a: 'foo' },
    [{ source_labels: ['a'], regex: 'f.*', action: 'keep' }],
    { a: 'foo' },
  ],
  [
    'replace without a match does nothing',
    { a: 'boo' },
    [{ source_labels: ['a'], regex: 'f', target_label: 'b', replacement: 'bar' }],
    { a: 'boo' },
  ],
  [
    'hashmod counts with the end of an MD5',
    abc,
    [{ source_labels: ['c'], target_label: 'd', action: 'hashmod', modulus: 1000 }],
    { ...abc, d: '976' },
  ],
  [
    'hashmod takes newlines',
    { a: 'foo\nbar' },
    [{ source_labels: ['a'], target_label: 'b', action: 'hashmod', modulus: 1000 }],
    { a: 'foo\nbar', b: '734' },
  ],
  [
    'labelmap copies to new names and leaves the old',
    { a: 'foo', b1: 'bar', b2: 'baz' },
    [{ regex: '(b.*)', replacement: 'bar_${1}', action: 'labelmap' }],
    { a: 'foo', b1: 'bar', b2: 'baz', bar_b1: 'bar', bar_b2: 'baz' },
  ],
  [
    'labelmap cuts a prefix',
    { a: 'foo', __meta_my_bar: 'aaa', __meta_my_baz: 'bbb', __meta_other: 'ccc' },
    [{ regex: '__meta_(my.*)', replacement: '${1}', action: 'labelmap' }],
    {
      a: 'foo',
      __meta_my_bar: 'aaa',
      __meta_my_baz: 'bbb',
      __meta_other: 'ccc',
      my_bar: 'aaa',
      my_baz: 'bbb',
    },
  ],
  [
    'the target label may come from the value',
    { a: 'some-name-value' },
    [
      {
        source_labels: ['a'],
        regex: 'some-([^-]+)-([^,]+)',
        replacement: '${2}',
        target_label: '${1}',
      },
    ],
    { a: 'some-name-value', name: 'value' },
  ],
  [
    'a group that does not exist is empty, and empties the label',
    { a: 'some-name-value' },
    [
      {
        source_labels: ['a'],
        regex: 'some-([^-]+)-([^,]+)',
        replacement: '${3}',
        target_label: '${1}',
      },
    ],
    { a: 'some-name-value' },
  ],
  [
    'a target label that comes out empty makes the rule do nothing',
    { a: 'some-name-0' },
    [
      {
        source_labels: ['a'],
        regex: 'some-([^-]+)-([^,]+)',
        replacement: '${1}',
        target_label: '${3}',
      },
    ],
    { a: 'some-name-0' },
  ],
  [
    'tags are taken apart',
    tags,
    [
      {
        source_labels: ['__meta_sd_tags'],
        regex: '(?:.+,|^)path:(/[^,]+).*',
        replacement: '${1}',
        target_label: '__metrics_path__',
      },
      {
        source_labels: ['__meta_sd_tags'],
        regex: '(?:.+,|^)job:([^,]+).*',
        replacement: '${1}',
        target_label: 'job',
      },
      {
        source_labels: ['__meta_sd_tags'],
        regex: '(?:.+,|^)label:([^=]+)=([^,]+).*',
        replacement: '${2}',
        target_label: '${1}',
      },
    ],
    { ...tags, __metrics_path__: '/secret', job: 'some-job', foo: 'bar' },
  ],
  [
    'a label that was dropped can be written and read again',
    { __meta_port_name: 'foo', __meta_port: '9091' },
    [
      { regex: '^__meta_port_name$', action: 'labeldrop' },
      {
        source_labels: ['__meta_port'],
        regex: '(.+)',
        replacement: 'metrics',
        target_label: '__meta_port_name',
      },
      { source_labels: ['__meta_port_name'], regex: '^metrics$', action: 'keep' },
    ],
    { __meta_port: '9091', __meta_port_name: 'metrics' },
  ],
  [
    'labelkeep leaves what matches',
    { a: 'foo', b1: 'bar', b2: 'baz' },
    [{ regex: '(b.*)', action: 'labelkeep' }],
    { b1: 'bar', b2: 'baz' },
  ],
  [
    'labeldrop takes what matches',
    { a: 'foo', b1: 'bar', b2: 'baz' },
    [{ regex: '(b.*)', action: 'labeldrop' }],
    { a: 'foo' },
  ],
  [
    'lowercase and uppercase write to another label',
    { foo: 'bAr123Foo' },
    [
      { source_labels: ['foo'], action: 'uppercase', target_label: 'up' },
      { source_labels: ['foo'], action: 'lowercase', target_label: 'low' },
    ],
    { foo: 'bAr123Foo', low: 'bar123foo', up: 'BAR123FOO' },
  ],
  [
    'keepequal leaves equals',
    ports,
    [{ source_labels: ['__tmp_port'], action: 'keepequal', target_label: '__port1' }],
    ports,
  ],
  [
    'dropequal takes equals',
    ports,
    [{ source_labels: ['__tmp_port'], action: 'dropequal', target_label: '__port1' }],
    undefined,
  ],
  [
    'dropequal leaves others',
    ports,
    [{ source_labels: ['__tmp_port'], action: 'dropequal', target_label: '__port2' }],
    ports,
  ],
  [
    'keepequal takes others',
    ports,
    [{ source_labels: ['__tmp_port'], action: 'keepequal', target_label: '__port2' }],
    undefined,
  ],
  [
    'names of any kind are taken over',
    { a: 'foo' },
    [{ source_labels: ['a'], target_label: 'a.dot b', replacement: '$1' }],
    { a: 'foo', 'a.dot b': 'foo' },
  ],
  ['a constant needs no source', {}, [{ target_label: 'x', replacement: 'y' }], { x: 'y' }],
  [
    'an empty replacement removes the label',
    { x: '1', y: '2' },
    [{ target_label: 'x', replacement: '' }],
    { y: '2' },
  ],
  [
    'an empty value is no label to start with',
    { x: '', y: '2' },
    [{ regex: '(.)', replacement: 'z_$1', action: 'labelmap' }],
    { y: '2', z_y: '2' },
  ],
  [
    'a missing label reads as empty',
    {},
    [{ source_labels: ['x', 'y'], regex: ';', action: 'keep' }],
    {},
  ],
  [
    'several sources are joined by the separator',
    { a: '1', b: '2', c: '3' },
    [{ source_labels: ['a', 'b', 'c'], separator: '', target_label: 'd' }],
    { a: '1', b: '2', c: '3', d: '123' },
  ],
  [
    'a dot matches a newline',
    { a: 'x\ny' },
    [{ source_labels: ['a'], regex: 'x.y', action: 'keep' }],
    { a: 'x\ny' },
  ],
  [
    'labelmap reads the labels as they were before it',
    { a: '1', ba: '2' },
    [{ regex: '(a|ba)', replacement: 'b$1', action: 'labelmap' }],
    { a: '1', ba: '1', bba: '2' },
  ],
  [
    'of two labels that labelmap maps to one name the last by name wins',
    { p_x: '1', q_x: '2' },
    [{ regex: '._(x)', replacement: '$1', action: 'labelmap' }],
    { p_x: '1', q_x: '2', x: '2' },
  ],
  [
    'labelmap does not feed on its own results',
    { a: '1' },
    [{ regex: '(.*)', replacement: 'x$1', action: 'labelmap' }],
    { a: '1', xa: '1' },
  ],
  [
    'an expression that closes the wrapping group matches as Go has it',
    { a: 'zb' },
    [{ source_labels: ['a'], regex: 'a)|(b', action: 'keep' }],
    { a: 'zb' },
  ],
  [
    'labelmap replaces every match of such an expression',
    { aab: '1' },
    [{ regex: 'a)|(b', replacement: 'x', action: 'labelmap' }],
    { aab: '1', xax: '1' },
  ],
  [
    'a label may be called like what every object has',
    { constructor: 'c' },
    [{ source_labels: ['toString', 'constructor'], target_label: '__proto__' }],
    { constructor: 'c', ['__proto__']: ';c' },
  ],
  [
    'a modulus of 64 bits is exact',
    { a: 'x' },
    [{ source_labels: ['a'], target_label: 'h', action: 'hashmod', modulus: 2n ** 64n - 1n }],
    { a: 'x', h: '17710500428000290726' },
  ],
]
