import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TargetGroup } from '../../src/discovery/index.js'
import {
  readSnapshot,
  readSnapshotFile,
  redacting,
  type SectionContent,
  SnapshotError,
  type SnapshotEvent,
  snapshotLines,
  writeSnapshotFile,
} from '../../src/snapshot/index.js'

const header = { by: 'muster/1.0.0', at: '2026-01-02T03:04:05.000Z', redacted: [] }
const section = {
  provider: 'consul/0',
  manager: 'scrape',
  mechanism: 'consul',
  fingerprint: 'f0',
  sets: ['node'],
  config: { server: 'consul:8500' },
} as const
const group = (source: string, ...addresses: readonly string[]) => ({
  source,
  labels: { dc: 'eu' },
  targets: addresses.map((__address__) => ({ __address__ })),
})
const contents: readonly SectionContent[] = [
  { section, groups: [group('a', 'a:1', 'a:2'), group('b', 'ü:1', '\ud800')] },
  { section: { ...section, provider: 'dns/1', missing: 'no answer' }, groups: [] },
  { section: { ...section, provider: 'dns/2' }, groups: [] },
]

async function textOf(sections: readonly SectionContent[] = contents): Promise<string> {
  const lines: string[] = []
  for await (const line of snapshotLines(header, sections)) lines.push(line)
  return lines.join('')
}

async function* bytesOf(text: string, size = text.length + 1): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text)
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size)
}

async function all(events: AsyncIterable<SnapshotEvent>): Promise<readonly SnapshotEvent[]> {
  const found: SnapshotEvent[] = []
  for await (const event of events) found.push(event)
  return found
}

async function refusal(events: AsyncIterable<SnapshotEvent>): Promise<string> {
  try {
    await all(events)
  } catch (error) {
    if (error instanceof SnapshotError) return error.message
    throw error
  }
  return 'it was taken'
}

async function* leakyGroups(): AsyncGenerator<TargetGroup> {
  yield { source: '//u:p@h/', labels: {}, targets: [{}] }
}

async function* failingLines(): AsyncGenerator<string> {
  yield 'a line\n'
  throw new Error('no more')
}

const expected = [
  { kind: 'header', header },
  ...contents.flatMap(({ section: one, groups }) => [
    { kind: 'section', section: one },
    ...[...(groups as Iterable<unknown>)].map((found) => ({ kind: 'group', group: found })),
  ]),
]

describe('a snapshot', () => {
  it.each([1, 7, 64, 100_000])('reads as it was written, in chunks of %i bytes', async (size) => {
    const text = await textOf()
    expect(await all(readSnapshot(bytesOf(text, size), 's'))).toEqual(expected)
  })

  it('has groups of many targets in several lines, which read as one group', async () => {
    const addresses = Array.from({ length: 2500 }, (_, i) => `h${String(i)}:1`)
    const large = group('large', ...addresses)
    const text = await textOf([{ section, groups: [large, group('small', 'x:1')] }])
    expect(text.split('\n').filter((line) => line.startsWith('{"more"'))).toHaveLength(2)
    const events = await all(readSnapshot(bytesOf(text), 's'))
    expect(events.slice(2)).toEqual([
      { kind: 'group', group: large },
      { kind: 'group', group: group('small', 'x:1') },
    ])
  })

  it('names a provider with a password in a label, and has none of its groups', async () => {
    const leaky = { source: 'x', labels: { __meta_url: 'http://u:hunter2@h/' }, targets: [{}] }
    const text = await textOf([
      { section, groups: [group('a', 'a:1'), leaky] },
      { section: { ...section, provider: 'dns/1' }, groups: [group('b', 'b:1')] },
    ])
    expect(text).not.toContain('hunter2')
    expect(await all(readSnapshot(bytesOf(text), 's'))).toMatchObject([
      { kind: 'header' },
      { kind: 'section', section: { provider: 'consul/0', missing: 'a label holds a password' } },
      { kind: 'section', section: { provider: 'dns/1' } },
      { kind: 'group', group: { source: 'b' } },
    ])
  })

  it('is not written at all when a password comes in groups that are read once', async () => {
    const groups = leakyGroups()
    const lines = snapshotLines(header, [{ section, groups }])
    await expect(
      (async () => {
        for await (const _ of lines);
      })(),
    ).rejects.toThrow('consul/0: a label holds a password')
  })
})

describe('a snapshot is refused in one sentence', () => {
  const newer = 's has version 2 of the format, and this muster reads version 1'
  const edits: readonly (readonly [string, (text: string) => string, string])[] = [
    ['that is empty', () => '', 's is not a snapshot of muster'],
    ['that is one line of something else', () => 'text', 's is not a snapshot of muster'],
    ['of which there is only the beginning', () => '{"format":"mus', 's ends too early'],
    ['that is something else', () => 'a: b\nc: d\n', 's is not a snapshot of muster'],
    ['that is other JSON', () => '{"status":"success"}\n{}\n', 's is not a snapshot of muster'],
    ['of a newer version', (text) => text.replace('"version":1', '"version":2'), newer],
    [
      'of a version that never was',
      (text) => text.replace('"version":1', '"version":"x"'),
      's does not have version 1',
    ],
    ['without its last line', (text) => text.replace(/[^\n]+\n$/, ''), 's ends too early'],
    ['cut in a line', (text) => text.slice(0, -30), 's ends too early'],
    ['that is a header alone', (text) => `${text.split('\n')[0] ?? ''}\n`, 's ends too early'],
    ['with another address', (text) => text.replace('a:2', 'a:3'), 's was changed or damaged'],
    [
      'with a line gone',
      (text) => text.replace(/\{"source":"a"[^\n]+\n/, ''),
      's was changed or damaged',
    ],
    ['with a broken line', (text) => text.replace('{"source":"a"', '{source'), 'damaged at line 3'],
    ['with a number for a label', (text) => text.replace('"a:1"', '1'), 'damaged at line 3'],
    ['with a section of another shape', (text) => text.replace('"sets"', '"s"'), 'at line 2'],
    ['with null for a group', (text) => text.replace(/\{"source":"a"[^\n]+/, 'null'), 'at line 3'],
  ]
  it.each(edits)('%s', async (_, edit, message) => {
    expect(await refusal(readSnapshot(bytesOf(edit(await textOf())), 's'))).toContain(message)
  })

  it('that has more than it may have', async () => {
    const text = await textOf()
    const limits = { line: 1000, total: 100 }
    expect(await refusal(readSnapshot(bytesOf(text), 's', limits))).toContain('unpacked')
  })

  it.each([10, 100_000])('with a line that is too long, in chunks of %i bytes', async (size) => {
    const limits = { line: 50, total: 1_000_000 }
    const text = await textOf()
    expect(await refusal(readSnapshot(bytesOf(text, size), 's', limits))).toContain('has a line')
  })
})

describe('a snapshot file', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'muster-snapshot-'))
  })
  afterEach(() => {
    rmSync(folder, { recursive: true })
  })
  const at = (name: string): string => path.join(folder, name)

  it('is packed, and reads the same unpacked', async () => {
    await writeSnapshotFile(at('s'), snapshotLines(header, contents))
    expect(await all(readSnapshotFile(at('s')))).toEqual(expected)
    writeFileSync(at('plain'), gunzipSync(readFileSync(at('s'))))
    expect(await all(readSnapshotFile(at('plain')))).toEqual(expected)
    expect(readdirSync(folder)).toEqual(['plain', 's'])
  })

  it('stays as it was when the new one cannot be completed', async () => {
    writeFileSync(at('s'), 'before')
    await expect(writeSnapshotFile(at('s'), failingLines())).rejects.toThrow('no more')
    expect(readFileSync(at('s'), 'utf8')).toBe('before')
    expect(readdirSync(folder)).toEqual(['s'])
  })

  it('says why it cannot be written', async () => {
    const file = at('no/s')
    await expect(writeSnapshotFile(file, snapshotLines(header, contents))).rejects.toThrow(
      `${file} cannot be written: no such file or directory`,
    )
  })

  it('says why it cannot be read', async () => {
    const packed = gzipSync(await textOf())
    writeFileSync(at('cut'), packed.subarray(0, -20))
    writeFileSync(at('odd'), Buffer.concat([packed.subarray(0, 40), Buffer.alloc(200, 7)]))
    writeFileSync(at('empty'), '')
    const of = (name: string): Promise<string> => refusal(readSnapshotFile(at(name)))
    expect(await of('none')).toBe(`${at('none')} cannot be read: no such file or directory`)
    expect(await of('.')).toContain('is not a file')
    expect(await of('cut')).toContain('ends too early')
    expect(await of('odd')).toContain('is damaged')
    expect(await of('empty')).toContain('is not a snapshot of muster')
  })
})

describe('redaction', () => {
  const found = {
    source: 'dc1/secret-host',
    labels: { host: 'secret-host', dc: 'dc1' },
    targets: [
      { __address__: 'a:1', host: 'secret-host' },
      { __address__: 'b:1', host: 'open' },
    ],
  }

  it('replaces values so that equal ones stay equal', () => {
    const made = redacting([{ label: 'host' }], 'salt')(found)
    expect(made.labels['host']).toMatch(/^h:[0-9a-f]{8}$/)
    expect(made.targets[0]?.['host']).toBe(made.labels['host'])
    expect(made.targets[1]?.['host']).not.toBe(made.labels['host'])
    expect(made.labels['dc']).toBe('dc1')
    expect(JSON.stringify(made)).not.toContain('secret-host')
  })

  it('depends on the salt', () => {
    const one = redacting([{ label: 'host' }], 'a')(found)
    expect(redacting([{ label: 'host' }], 'a')(found)).toEqual(one)
    expect(redacting([{ label: 'host' }], 'b')(found)).not.toEqual(one)
  })

  it('replaces only values that match', () => {
    const made = redacting([{ label: 'host', matches: (value) => value !== 'open' }], 's')(found)
    expect(made.targets[1]?.['host']).toBe('open')
    expect(made.labels['host']).toMatch(/^h:/)
  })
})
