import { describe, expect, it } from 'vitest'
import {
  bool,
  bytes,
  decodeText,
  duration,
  filePath,
  float,
  int,
  Secret,
  secret,
  text,
  type Type,
  uint,
} from '../../src/yaml/index.js'

function read(type: Type<unknown>, yaml: string): unknown {
  const { value, issues } = decodeText(type, '/etc/p.yml', yaml)
  const [issue] = issues
  return issue === undefined ? value : new Error(issue.message)
}

describe('a scalar is what the type that reads it makes of it, as in Go', () => {
  it.each<[type: Type<unknown>, yaml: string, value: unknown]>([
    [text, 'on', 'on'],
    [text, '0123', '0123'],
    [text, '1e3', '1e3'],
    [text, '2024-01-01', '2024-01-01'],
    [text, '12:30:45', '12:30:45'],
    [text, '"a\\tb"', 'a\tb'],
    [text, '!!binary aGk=', 'hi'],
    [text, '!!binary /w==', '\udcff'],
    [text, '|\n  a\n  b\n', 'a\nb\n'],
    [bool, 'yes', true],
    [bool, 'On', true],
    [bool, 'y', true],
    [bool, 'no', false],
    [bool, 'OFF', false],
    [bool, '!!bool "true"', true],
    [int, '12', 12],
    [int, '+12', 12],
    [int, '-1_000', -1000],
    [int, '0x1F', 31],
    [int, '0b101', 5],
    [int, '0777', 511],
    [int, '0o17', 15],
    [int, '-010', -8],
    [int, '2.0', 2],
    [int, '1e3', 1000],
    [int, '!!int "5"', 5],
    [uint, '18446744073709549568', 18446744073709549568],
    [float, '1.5', 1.5],
    [float, '.5', 0.5],
    [float, '-.inf', Number.NEGATIVE_INFINITY],
    [float, '.NaN', Number.NaN],
    [float, '3', 3],
    [duration, '1h30m', 5_400_000],
    [bytes, '1.5KB', 1536],
    [filePath, 'a/../b', '/etc/b'],
    [filePath, '/x', '/x'],
    [filePath, '""', ''],
    [int, '1.5', 1],
    [uint, '-0.5', 0],
  ])('%# %o', (type, yaml, value) => {
    expect(read(type, yaml)).toEqual(value)
  })

  it.each<[type: Type<unknown>, yaml: string, message: string]>([
    [bool, '"yes"', 'cannot unmarshal !!str `yes` into bool'],
    [bool, '1', 'cannot unmarshal !!int `1` into bool'],
    [bool, '!!str yes', 'cannot unmarshal !!str `yes` into bool'],
    [int, '.inf', 'cannot unmarshal !!float `.inf` into int'],
    [int, '"5"', 'cannot unmarshal !!str `5` into int'],
    [int, '!!str 5', 'cannot unmarshal !!str `5` into int'],
    [int, '1:30', 'cannot unmarshal !!str `1:30` into int'],
    [int, '99999999999999999999', 'cannot unmarshal !!int `9999999...` into int'],
    [uint, '-1', 'cannot unmarshal !!int `-1` into uint'],
    [text, '[a]', 'cannot unmarshal !!seq into string'],
    [text, '{a: b}', 'cannot unmarshal !!map into string'],
    [text, '!!binary "*"', '!!binary value contains invalid base64 data'],
    [duration, '[1m]', 'cannot unmarshal !!seq into string'],
    [duration, '1', 'not a valid duration string: "1"'],
    [bytes, '100', 'units: unknown unit  in 100'],
    [bytes, 'KB', 'units: invalid KB'],
    [bytes, '1GB512MiB', 'units: unknown unit MiB in 1GB512MiB'],
    [bytes, '1GiB512MB', 'units: unknown unit GiB in 1GiB512MB'],
    [bytes, '1kb', 'units: unknown unit kb in 1kb'],
  ])('%# %o is refused', (type, yaml, message) => {
    expect(read(type, yaml)).toEqual(new Error(message))
  })

  it.each([
    ['', ''],
    ['~', ''],
    ['null', ''],
    ['Null', ''],
    ['"null"', 'null'],
  ])('%j is null or not', (yaml, value) => {
    expect(read(text, yaml)).toBe(value)
  })

  it('does not show a secret', () => {
    const value = read(secret, 'hunter2')
    expect(value).toBeInstanceOf(Secret)
    expect(`${String(value)} ${JSON.stringify({ value })}`).toBe('<secret> {"value":"<secret>"}')
    expect(secret.encode(new Secret('x'))).toBe('<secret>')
    expect(secret.encode(new Secret(''))).toBeUndefined()
  })
})
