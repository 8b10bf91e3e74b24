import { Buffer } from 'node:buffer'
import type { Random } from '../../relabel/fuzz/random.js'

/** What is put into a text: what YAML's readers disagree about, and what people's keyboards give. */
const pieces: readonly string[] = [
  ['\t', ' \t', '\t ', ' ', '  ', '\n', '\n\n', '\r\n', '\r', '\n\t', '\u00a0'],
  ['#', ' #', '# x', ':', ': ', ' : ', ':\t', '-', '- ', '-\t', ',', ', ', '[', ']', '{', '}'],
  ["'", '"', "''", '""', '|', '>', '|-\n', '>+\n', '|2\n', '>-1\n', '|  # x\n'],
  ['%', '@', '`', '?', '? ', '? x\n', '? [a]\n: ', '~', 'null', '=', '<<'],
  ['&a ', '&a', '*a', '*a ', '*targets', '*labels', '*base', '*rules'],
  ['<<: *labels\n', '<<: *base\n', '<<: [*labels, *base]\n', '<<: {a: b}\n', '<<: x\n', '"<<": '],
  ['!', '! ', '!x ', '!!', '!!str ', '!!int ', '!!float ', '!!bool ', '!!null ', '!!binary '],
  ['!!map ', '!!seq ', '!!merge ', '!!timestamp ', '!<tag:yaml.org,2002:str> ', '!<x', '!a!b '],
  ['\\', '\\/', '\\n', '\\x41', '\\x4', '\\u00e9', '\\ud83d', '\\U0001F600', '\\\n', "\\'", '\\ '],
  ['\0', '\u0001', '\u0007', '\u001b', '\u007f', '\u0085', '\u009f', '\u2028', '\u2029'],
  ['\ufeff', '\ufffd', '\ufffe', 'é', '😀', '\u200b'],
  ['\n---\n', '\n...\n', '\n--- ', '\n... ', '---', '...', '\n--- #x\n', '\n---\n---\n'],
  ['%YAML 1.1\n---\n', '%YAML 1.2\n---\n', '%FOO x\n---\n', '%TAG ! tag:x,2000:\n---\n', '%YAML'],
  ['0x1F', '010', '0o17', '0b11', '1_000', '1e3', '10.5', '.5', '-1', '+1', '-0', '1:30', '.inf'],
  [
    '-.Inf',
    '.NaN',
    '18446744073709551616',
    '9999EB',
    '1e400',
    '2024-01-02',
    'yes',
    'On',
    'y',
    'off',
  ],
  ['True', '${X', '$$', '${X}', '$1'],
].flat()

type Mutation = (text: string, random: Random) => string

function replaced(text: string, from: number, length: number, by: string): string {
  return text.slice(0, from) + by + text.slice(from + length)
}

/** Changes one line, chosen at random. */
function ofLine(
  change: (line: string, random: Random, lines: readonly string[]) => string,
): Mutation {
  return (text, random) => {
    const lines = text.split('\n')
    const at = random.below(lines.length)
    const line = change(lines[at] ?? '', random, lines)
    return [...lines.slice(0, at), line, ...lines.slice(at + 1)].join('\n')
  }
}

/** A place that means something: beside a character that is more than a letter. */
function joint(text: string, random: Random): number {
  const at = random.below(text.length + 1)
  if (random.chance(0.5)) return at
  const found = text.slice(at).search(/[^\w.]/u)
  return found < 0 ? at : at + found + random.below(2)
}

/** The value of one line's key, written in another way. */
function ofValue(change: (value: string, random: Random, indent: string) => string): Mutation {
  return ofLine((line, random) =>
    line.replace(
      /^( *)((?:- )*[^:\s]+:[ \t]+|- +)(\S.*)$/u,
      (_, indent: string, key: string, value: string) =>
        `${indent}${key}${change(value, random, indent)}`,
    ),
  )
}

/** Changes some lines that follow each other. */
function ofLines(
  change: (lines: readonly string[], random: Random) => readonly string[],
): Mutation {
  return (text, random) => {
    const lines = text.split('\n')
    const from = random.below(lines.length)
    const to = from + 1 + random.below(8)
    const changed = change(lines.slice(from, to), random)
    return [...lines.slice(0, from), ...changed, ...lines.slice(to)].join('\n')
  }
}

/** The line ends of all lines, or of some. */
function withLineEnds(end: string, probability: number): Mutation {
  return (text, random) =>
    text.replace(/\r?\n/gu, (old) => (random.chance(probability) ? end : old))
}

/** A name that the text has for one of its values, or one that it has not. */
function anchorOf(text: string, random: Random): string {
  const names = [...text.matchAll(/&(\w+)/gu)].map(([, name = '']) => name)
  return names.length === 0 || random.chance(0.1) ? 'gone' : random.pick(names)
}

/** About as long as a key may be. */
function longText(random: Random): string {
  return random
    .pick(['k', 'k ', 'é', "''"])
    .repeat(1100)
    .slice(0, 1015 + random.below(16))
}

const mutations: readonly Mutation[] = [
  (text, random) => replaced(text, joint(text, random), 0, random.pick(pieces)),
  (text, random) => replaced(text, joint(text, random), 0, random.pick(pieces)),
  (text, random) => replaced(text, joint(text, random), 0, random.pick(pieces)),
  (text, random) => replaced(text, joint(text, random), 1, random.pick(pieces)),
  (text, random) => replaced(text, joint(text, random), 1, random.pick(pieces)),
  (text, random) => replaced(text, joint(text, random), 1, ''),
  (text, random) => replaced(text, random.below(text.length), 1 + random.below(12), ''),
  (text, random) =>
    replaced(
      text,
      joint(text, random),
      0,
      text.slice(random.below(text.length)).slice(0, random.below(30)),
    ),
  (text, random) => text.slice(0, random.below(text.length)),
  (text, random) =>
    replaced(
      text,
      joint(text, random),
      0,
      String.fromCharCode(random.below(random.pick([32, 160]))),
    ),
  // Lines: twice, gone, elsewhere, indented otherwise.
  ofLine((line) => `${line}\n${line}`),
  ofLine(() => ''),
  ofLine((line) => ` ${line}`),
  ofLine((line) => `  ${line}`),
  ofLine((line) => line.replace(/^ {1,2}/u, '')),
  ofLine((line) => line.replace(/ +/u, '\t')),
  ofLine((line) => line.replace(/(?<=\S) /u, '\t')),
  ofLine((line) => line.replace(/(?<=\S) */gu, (gap) => (gap === '' ? '' : `${gap}\t`))),
  ofLine((line) => `\t${line}`),
  ofLine((line) => `${line}\t`),
  ofLine((line) => line.trimStart()),
  ofLine((line, random, lines) => `${line}\n${random.pick(lines)}`),
  ofLine((line) => `${line} # note`),
  ofLine((line) => `${line}#note`),
  ofLine(
    (line, random) =>
      `${/^ */u.exec(line)?.[0] ?? ''}${random.pick(['#', '# a: [', '\t# x'])}\n${line}`,
  ),
  ofLines((lines) => [...lines, ...lines]),
  ofLines((lines) => lines.map((line) => `  ${line}`)),
  ofLines((lines) => lines.map((line) => line.replace(/^ {1,2}/u, ''))),
  ofLines((lines) =>
    lines.map((line) => line.replace(/^ +/u, (blanks) => '\t'.repeat(blanks.length / 2))),
  ),
  ofLines((lines) => lines.map((line) => line.trim())),
  ofLines((lines) => [lines.map((line) => line.trim()).join(' ')]),
  ofLines((lines) => lines.toReversed()),
  ofLines(() => []),
  ofLine(
    (line, random) =>
      `${random.pick(['---', '...', '--- ', '---\t#', '--- |', '--- x', '...#', '%YAML 1.1'])}\n${line}`,
  ),
  // Keys and values, written otherwise.
  ofLine((line) => line.replace(/: (.+)$/u, ': "$1"')),
  ofLine((line) => line.replace(/: (.+)$/u, ":\t'$1'")),
  ofLine((line) => line.replace(/: (.+)$/u, ':\n$1')),
  ofLine((line) => line.replace(/, /u, ',\n')),
  ofLine((line) => line.replace(/([\w]+):/u, '"$1":')),
  ofLine((line) => line.replace(/([\w]+):/u, '"$1" :')),
  ofLine((line) => line.replace(/([\w]+): */u, '? $1\n: ')),
  ofLine((line, random) => line.replace(/[\w]+:/u, `${longText(random)}:`)),
  ofLine((line, random) => line.replace(/[\w]+:/u, `"${longText(random)}":`)),
  ofLine((line, random) => line.replace(/([\w]+):/u, `$1${' '.repeat(1015 + random.below(16))}:`)),
  ofValue((value, random) => `[${value}${random.pick([']', ',]', ' ]', '\n]', ', ]#x'])}`),
  ofValue((value, random) => `{${value}${random.pick(['}', ': x}', ',}', '\n}', ':}'])}`),
  ofValue(
    (value, random, indent) =>
      `${random.pick(['|', '>', '|-', '>+', '|1', '>2-'])}\n${indent}    ${value}`,
  ),
  ofValue(
    (value, random, indent) =>
      `${random.pick(['', '"', "'"])}${value}\n${indent}  ${random.pick(['x', '# x', '- x', 'x: y', '"', "'"])}`,
  ),
  ofValue(
    (value, random) =>
      `${random.pick(['!!str', '!!int', '!!float', '!!bool', '!!binary', '!!null', '!x', '!', '&n', '&n !!str', '!!str &n'])} ${value}`,
  ),
  ofValue((_, random) => random.pick(pieces)),
  ofValue(() => ''),
  (text, random) => ofValue(() => `*${anchorOf(text, random)}`)(text, random),
  (text, random) =>
    ofLine((line) => {
      const [indent = ''] = /^ *(?:- )?/u.exec(line) ?? []
      const merged = random.pick(['', '[]', '!!map ', '[*base, '])
      const end = merged.startsWith('[*') ? ']' : ''
      return `${indent}<<: ${merged}*${anchorOf(text, random)}${end}\n${' '.repeat(indent.length)}${line.slice(indent.length)}`
    })(text, random),
  (text, random) =>
    `${random.pick(['%YAML 1.1', '%YAML 1.2', '%YAML 1.1 # x', '%YAML 1.1\n%YAML 1.1', '%TAG !e! tag:e,2000:', '%X', '---', '...', '--- &a', '--- !!map', '\t', ' ', '#', '\ufeff'])}\n${text}`,
  withLineEnds('\r\n', 1),
  withLineEnds('\r\n', 0.2),
  withLineEnds('\r', 1),
  withLineEnds('\r', 0.05),
  withLineEnds('\u0085', 0.05),
  withLineEnds('\u2028', 0.03),
  withLineEnds('\n\n', 0.1),
  withLineEnds(' \n', 0.3),
  withLineEnds('\t\n', 0.3),
]

/** As it is in most cases; else in UTF-16, with a byte order mark, or with some bytes wrong. */
function encoded(text: string, random: Random): Buffer {
  const bytes = inBytes(text, random)
  if (random.chance(0.96)) return bytes
  const at = random.below(bytes.length + 1)
  return random.pick([
    () => bytes.subarray(0, at),
    () => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]),
    () => Buffer.concat([bytes.subarray(0, at), Buffer.of(random.below(256)), bytes.subarray(at)]),
    () =>
      Buffer.concat([bytes.subarray(0, at), Buffer.of(random.below(256)), bytes.subarray(at + 1)]),
  ])()
}

function inBytes(text: string, random: Random): Buffer {
  if (random.chance(0.9)) return Buffer.from(text)
  const marked = text.startsWith('\ufeff') ? text : `\ufeff${text}`
  return random.pick([
    () => Buffer.from(marked),
    () => Buffer.from(marked, 'utf16le'),
    () => Buffer.from(marked, 'utf16le').swap16(),
    () => Buffer.from(text, 'utf16le'),
  ])()
}

/** A file with one to three changes. */
export function mutate(text: string, random: Random): Buffer {
  let changed = text
  for (let i = 1 + random.below(3); i > 0; i -= 1) changed = random.pick(mutations)(changed, random)
  return encoded(changed, random)
}
