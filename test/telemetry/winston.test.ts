import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createLogger, type LogLevel } from '../../src/telemetry/winston.js'
import { Secret } from '../../src/yaml/index.js'

const now = (): Date => new Date('2025-11-22T07:00:00.000Z')
const head = 'time=2025-11-22T07:00:00.000Z level=INFO msg='

function lines(format: 'logfmt' | 'json', level: LogLevel = 'info') {
  const stream = new PassThrough()
  const logger = createLogger({ level, format, stream, now })
  return {
    logger,
    written: () =>
      String(stream.read() ?? '')
        .split('\n')
        .slice(0, -1),
  }
}

const circle: Record<string, unknown> = { name: 'a' }
circle['self'] = circle
const shared = { x: 1 }
const looped = new Error('outer')
looped.cause = looped

describe('a logfmt line', () => {
  it.each([
    ['leaves a plain word bare', { a: 'plain' }, 'a=plain'],
    ['quotes a text with a space', { a: 'two words' }, 'a="two words"'],
    ['quotes the empty text', { a: '' }, 'a=""'],
    ['quotes an equals sign', { a: 'k=v' }, 'a="k=v"'],
    ['escapes quotes and backslashes', { a: 'say "no\\yes"' }, 'a="say \\"no\\\\yes\\""'],
    ['keeps a line break inside its line', { a: 'one\nlevel=ERROR' }, 'a="one\\nlevel=ERROR"'],
    ['escapes terminal control characters', { a: '\u001b[31m' }, 'a="\\x1b[31m"'],
    ['escapes the line separators of Unicode', { a: 'x\u2028y' }, 'a="x\\u2028y"'],
    ['escapes what cannot be printed', { a: '\u{E0001}' }, 'a="\\U000e0001"'],
    ['leaves printable Unicode bare', { a: 'grün' }, 'a=grün'],
    ['replaces half a surrogate pair', { a: 'x\ud800' }, 'a="x�"'],
    ['writes numbers and booleans', { a: 1.5, b: true }, 'a=1.5 b=true'],
    ['writes a missing value as null', { a: null }, 'a=null'],
    ['leaves an undefined field out', { a: undefined, b: 1 }, 'b=1'],
    ['writes an odd number', { a: Number.NaN, b: 10n }, 'a=NaN b=10'],
    ['writes an error by its message', { err: new Error('no route') }, 'err="no route"'],
    ['names an error without a message', { err: new TypeError() }, 'err=TypeError'],
    [
      'adds the causes',
      { err: new Error('get x', { cause: new Error('refused') }) },
      'err="get x: refused"',
    ],
    [
      'says a cause once',
      { err: new Error('get: refused', { cause: new Error('refused') }) },
      'err="get: refused"',
    ],
    [
      'lists the parts of an AggregateError',
      { err: new AggregateError([new Error('a'), new Error('b')], 'two') },
      'err="two: a; b"',
    ],
    [
      'says a message once that its cause quotes',
      { err: new Error('GET /x: refused', { cause: new Error('consul: GET /x: refused') }) },
      'err="consul: GET /x: refused"',
    ],
    ['ends a circle of causes', { err: looped }, 'err=outer'],
    [
      'hides a secret',
      { a: new Secret('s3cr3t'), b: { c: [new Secret('s3cr3t')] } },
      'a=<secret> b="{\\"c\\":[\\"<secret>\\"]}"',
    ],
    ['hides the password of a URL', { a: new URL('http://u:s3cr3t@h/') }, 'a=http://u:xxxxx@h/'],
    ['writes an object as JSON', { a: { b: [1] } }, 'a="{\\"b\\":[1]}"'],
    [
      'ends a circle of objects',
      { a: circle },
      'a="{\\"name\\":\\"a\\",\\"self\\":\\"!circular\\"}"',
    ],
    [
      'writes an object twice that is not a circle',
      { a: [shared, shared] },
      'a="[{\\"x\\":1},{\\"x\\":1}]"',
    ],
    [
      'survives a value that throws',
      {
        a: {
          toJSON() {
            throw new Error('no')
          },
        },
      },
      'a=!unprintable',
    ],
    [
      'does not let a field pass for its own',
      { msg: 'x', level: 'y', time: 'z' },
      'msg_=x level_=y time_=z',
    ],
    ['quotes an odd field name', { 'a b': 1 }, '"a b"=1'],
  ])('%s', (_title, fields, expected) => {
    const { logger, written } = lines('logfmt')
    logger.info('m', fields)
    expect(written()).toEqual([`${head}m ${expected}`])
  })

  it('bounds a long value and says how much is missing', () => {
    const { logger, written } = lines('logfmt')
    logger.info('m', { a: 'x'.repeat(1_000_000) })
    const [line = ''] = written()
    expect(line.length).toBeLessThan(9000)
    expect(line).toContain('… (991808 more characters)')
  })

  it('bounds the number of fields', () => {
    const { logger, written } = lines('logfmt')
    logger.info(
      'm',
      Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`f${String(i)}`, i])),
    )
    expect(written()[0]?.split(' ')).toHaveLength(3 + 64)
  })
})

describe('a JSON line', () => {
  it('has the same keys, numbers as numbers, and nothing twice', () => {
    const { logger, written } = lines('json')
    logger
      .child({ component: 'web' })
      .warn('it "broke"', { err: new Error('why'), count: 3, level: 'x' })
    expect(written()).toEqual([
      '{"time":"2025-11-22T07:00:00.000Z","level":"WARN","msg":"it \\"broke\\"","component":"web","err":"why","count":3,"level_":"x"}',
    ])
  })

  it.each([
    ['escape codes', '\u001b[31m'],
    ['escape codes of one character', '\u009b31m\u007f\u0085'],
    ['marks of direction', '\u202ex\u2066\u200f'],
    ['what cannot be printed', '\u{E0001}\u2028\ufeff'],
  ])('has %s escaped, in its message, keys and values', (_title, text) => {
    const { logger, written } = lines('json')
    logger.info(text, { [text]: text, err: new Error(text) })
    const [line = ''] = written()
    expect(line).toMatch(/^[ -~]+$/)
    expect(JSON.parse(line)).toMatchObject({ msg: text, [text]: text, err: text })
  })

  it('leaves what can be printed as it is', () => {
    const { logger, written } = lines('json')
    logger.info('grün 日本 🚀')
    expect(written()[0]).toContain('"msg":"grün 日本 🚀"')
  })

  it('keeps a field with a dangerous name', () => {
    const { logger, written } = lines('json')
    logger.info('m', JSON.parse('{"__proto__":"p"}') as Record<string, unknown>)
    expect(written()[0]).toContain('"__proto__":"p"')
  })
})

describe('a logger', () => {
  it.each<[LogLevel, string[]]>([
    ['debug', ['DEBUG', 'INFO', 'WARN', 'ERROR']],
    ['info', ['INFO', 'WARN', 'ERROR']],
    ['warn', ['WARN', 'ERROR']],
    ['error', ['ERROR']],
  ])('at level %s writes %j', (level, expected) => {
    const { logger, written } = lines('logfmt', level)
    logger.debug('m')
    logger.info('m')
    logger.warn('m')
    logger.error('m')
    expect(written().map((line) => /level=(\w+)/.exec(line)?.[1])).toEqual(expected)
  })

  it('nests children, the inner field last', () => {
    const { logger, written } = lines('logfmt')
    logger
      .child({ component: 'discovery manager scrape' })
      .child({ discovery: 'dns' })
      .info('m', { a: 1 })
    expect(written()).toEqual([`${head}m component="discovery manager scrape" discovery=dns a=1`])
  })

  it('does not change the message when a field is called message', () => {
    const { logger, written } = lines('logfmt')
    logger.info('m', { message: 'other' })
    expect(written()).toEqual([`${head}m message=other`])
  })

  it('writes its line before the call returns', () => {
    const { logger, written } = lines('logfmt')
    logger.info('first')
    expect(written()).toHaveLength(1)
  })
})
