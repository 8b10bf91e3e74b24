import { rm } from 'node:fs/promises'
import type { Labels } from '../../../src/labels/index.js'
import type { Element, MechanismCases, Reached, Stage } from '../suite/cases.js'
import { Folder } from './folder.js'

const good: Readonly<Record<string, string>> = {
  'a.json': '[{"targets":["127.11.0.1:80","127.11.0.2:80"],"labels":{"env":"prod"}}]',
  'b.yml': '- targets: ["127.11.0.3:80"]\n',
}

interface FileFault {
  readonly file: string
  readonly content: string
  readonly says: RegExp
}

const faults: Readonly<Record<string, FileFault>> = {
  'has a file that is not JSON': {
    file: 'a.json',
    content: 'no',
    says: /a\.json: the top level must be a list of groups$/,
  },
  'has a file of JSON that is cut off': {
    file: 'a.json',
    content: '[{"targets":["127.11.0.1:80"]}',
    says: /a\.json: unexpected end of JSON input$/,
  },
  'has an empty file where there was JSON': {
    file: 'a.json',
    content: '',
    says: /a\.json: unexpected end of JSON input$/,
  },
  'has JSON of another shape': {
    file: 'a.json',
    content: '[{"targets":[1]}]',
    says: /a\.json: group 0: targets\[0\] must be a text$/,
  },
  'has YAML of another shape': {
    file: 'b.yml',
    content: '- targets: [a]\n- target: [b]\n',
    says: /b\.yml:2:3: \[1\]\.target: field target not found in type /,
  },
}

export default {
  section: {
    least: { files: ['/a.json'] },
    prints: { files: ['/a.json'], refresh_interval: '5m' },
    most: [{ files: ['/a.json', '/b/*.yml'], refresh_interval: '1m' }],
    refused: [
      [{}, '1:1: file service discovery config must contain at least one path name'],
      [{ files: ['a.txt'] }, '1:1: path name "a.txt" is not valid for file discovery'],
      [{ files: ['a.Json'] }, '1:1: path name "a.Json" is not valid for file discovery'],
      [{ files: ['*/a.json'] }, '1:1: path name "*/a.json" is not valid for file discovery'],
      [{ names: ['a.json'] }, '1:1: names: field names not found in type file.plain'],
    ],
  },
  runs: [
    {
      title: '',
      pace: 'watches',
      open: () => Promise.resolve(new Files()),
      faults: Object.entries(faults).map(([title, { says }]) => ({ title, says })),
      changes: [
        { title: 'has a file that lists nothing', targets: (all) => all.slice(2) },
        { title: 'has one file less', targets: (all) => all.slice(2) },
      ],
      pauses: ['at once'],
      oracle: {},
    },
  ],
} satisfies MechanismCases

/** A folder of files. */
class Files implements Stage {
  readonly secrets = []
  readonly connections = 0
  readonly #folder = new Folder()

  constructor() {
    for (const [name, content] of Object.entries(good)) this.#folder.write(name, content)
  }

  get config(): Element {
    return { files: [this.#folder.at('*.json'), this.#folder.at('b.yml')] }
  }

  get targets(): readonly Labels[] {
    const fromA = { __meta_filepath: this.#folder.at('a.json'), env: 'prod' }
    return [
      { __address__: '127.11.0.1:80', ...fromA },
      { __address__: '127.11.0.2:80', ...fromA },
      { __address__: '127.11.0.3:80', __meta_filepath: this.#folder.at('b.yml') },
    ]
  }

  async begin(title: string): Promise<void> {
    const fault = faults[title]
    if (fault !== undefined) this.#folder.replace(fault.file, fault.content)
    else if (title === 'has one file less') await rm(this.#folder.at('a.json'))
    else this.#folder.replace('a.json', '[]')
  }

  mend(): Promise<void> {
    for (const [name, content] of Object.entries(good)) this.#folder.replace(name, content)
    return Promise.resolve()
  }

  pause(): Promise<Reached> {
    return Promise.resolve({ reached: Promise.resolve() })
  }

  named(text: string): string {
    return text.replaceAll(this.#folder.path, '/etc/muster/targets')
  }

  close(): Promise<void> {
    this.#folder.remove()
    return Promise.resolve()
  }
}
