import type { Random } from '../../relabel/fuzz/random.js'

/** What is put into a text: what YAML's readers disagree about, and what people's keyboards give. */
const pieces = [
  '\t',
  ' \t',
  '\t ',
  ' ',
  '  ',
  '\n',
  '\n\n',
  '\r\n',
  '#',
  ' #',
  '# x',
  ':',
  ': ',
  ' : ',
  '-',
  '- ',
  ',',
  ', ',
  '[',
  ']',
  '{',
  '}',
  "'",
  '"',
  '&a ',
  '*a',
  '*targets',
  '*labels',
  '<<: *labels\n',
  '!',
  '!!str ',
  '!!int ',
  '!<tag:yaml.org,2002:str> ',
  '|',
  '>',
  '|-\n',
  '%',
  '@',
  '`',
  '?',
  '? ',
  '~',
  'null',
  '\\',
  '\\/',
  '\\n',
  '\\x41',
  '\\u00e9',
  '\\ud83d',
  '\u0001',
  '\u0085',
  '\u2028',
  '\ufeff',
  'é',
  '😀',
  '\n---\n',
  '\n...\n',
  '%YAML 1.1\n---\n',
  '%YAML 1.2\n---\n',
  '0x1F',
  '010',
  '1e3',
  '10.5',
  '.inf',
  'yes',
  'On',
  '${X',
  '$$',
] as const

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

const mutations: readonly Mutation[] = [
  (text, random) => replaced(text, joint(text, random), 0, random.pick(pieces)),
  (text, random) => replaced(text, joint(text, random), 0, random.pick(pieces)),
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
  ofLine((line) => `${line}\n${line}`),
  ofLine(() => ''),
  ofLine((line) => ` ${line}`),
  ofLine((line) => `  ${line}`),
  ofLine((line) => line.replace(/^ {1,2}/u, '')),
  ofLine((line) => line.replace(/ +/u, '\t')),
  ofLine((line) => line.replace(/(?<=\S) /u, '\t')),
  ofLine((line) => line.trimStart()),
  ofLine((line, random, lines) => `${line}\n${random.pick(lines)}`),
  ofLine((line) => `${line} # note`),
  ofLine((line) => `${line}#note`),
  ofLine((line) => line.replace(/: (.+)$/u, ': "$1"')),
  ofLine((line) => line.replace(/: (.+)$/u, ':\n$1')),
  ofLine((line) => line.replace(/, /u, ',\n')),
  (text) => text.replaceAll('\n', '\r\n'),
]

/** A text with one to three changes. */
export function mutate(text: string, random: Random): string {
  let changed = text
  for (let i = 1 + random.below(3); i > 0; i -= 1) changed = random.pick(mutations)(changed, random)
  return changed
}
