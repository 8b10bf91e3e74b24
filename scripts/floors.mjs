// The floors of src/: which room may import which. This table is the only place that says it; the
// rules of the linter are made from it (`npm run floors`), and test/architecture.test.ts tries every
// pair of rooms against them.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * The lowest floor first. A room imports only from floors below its own, never from another room of
 * its own floor.
 */
export const floors = [
  ['run', 'reload', 'go', 'labels', 'ui'],
  ['waiting', 'telemetry'],
  ['yaml'],
  ['discovery', 'relabel', 'http'],
  ['mechanisms', 'config'],
  ['scrape', 'notifier', 'snapshot', 'chains', 'election'],
  ['plan', 'allocation', 'outputs'],
  ['web'],
  ['daemon'],
  ['cli'],
]

/**
 * The floors inside a room, the lowest first: which of its folders may import which. The files at the
 * top of the room are for all of its folders, except those named here: they put the folders together.
 */
export const inner = {
  yaml: {
    folders: [['tree'], ['types']],
    above: ['decoding', 'index', 'same-config'],
  },
  relabel: {
    folders: [['regex'], ['actions']],
    above: [
      'checked-relabeler',
      'door',
      'index',
      'relabeler',
      'rule-regex',
      'section',
      'shape-cache',
      'validate',
    ],
  },
  http: {
    folders: [['section'], ['transport'], ['credentials']],
    above: ['client', 'index'],
  },
  config: {
    folders: [['sections']],
    above: ['checksum', 'config', 'include', 'index', 'jobs', 'load', 'parse', 'print', 'read'],
  },
  discovery: {
    folders: [['groups'], ['refresh', 'guard', 'provider'], ['state']],
    above: ['index', 'manager', 'plan', 'target-sets', 'updates'],
  },
  scrape: {
    folders: [['targets'], ['lists', 'events'], ['search']],
    above: [
      'configured-jobs',
      'index',
      'manager',
      'metrics',
      'pool',
      'pool-state',
      'target-changes',
    ],
  },
  web: {
    folders: [
      ['server', 'reply'],
      ['lists'],
      ['push'],
      ['middleware', 'routes', 'protect'],
      ['pages'],
    ],
    above: ['app', 'index'],
  },
}

/** `src/testing` stands beside the floors, and may use these. */
export const testingMayUse = floors.slice(0, 4).flat()

/** `src/run` and `src/reload` are what other daemons embed: nothing of ours, no heavy library. */
export const leaves = ['run', 'reload']
const heavy =
  'winston|consul|js-yaml|commander|undici|hono|@hono|prom-client|re2js|dns-packet|bcryptjs'
const refusedLibraries = { run: `^(?:rxjs|${heavy})(?:/|$)`, reload: `^(?:${heavy})(?:/|$)` }

const rooms = floors.flat()

/** The rooms that a room may not import. */
export function refusedRooms(room) {
  if (room === 'testing') return rooms.filter((other) => !testingMayUse.includes(other))
  const level = floors.findIndex((floor) => floor.includes(room))
  const above = [...floors.slice(level).flat(), 'testing']
  return (leaves.includes(room) ? [...rooms, 'testing'] : above).filter((other) => other !== room)
}

/** The folders of its own room that a folder may not import. */
export function refusedFolders(room, folder) {
  const { folders } = inner[room]
  const level = folders.findIndex((floor) => floor.includes(folder))
  return folders
    .slice(level)
    .flat()
    .filter((other) => other !== folder)
}

function innerRules(room, message, refused) {
  const { folders, above } = inner[room]
  return folders.flat().map((folder) => {
    const others = refusedFolders(room, folder).map((other) => `${other}/`)
    const files = above.map((name) => `${name}\\.js$`)
    const ofThisRoom = `^(?:\\.\\./)+(?:${[...others, ...files].join('|')})`
    return rule([`src/${room}/${folder}/**`], message, [...refused, ofThisRoom])
  })
}

function rule(files, message, regexes) {
  const patterns = regexes.map((regex) => ({ regex, message }))
  return { files, rules: { 'no-restricted-imports': ['error', { patterns }] } }
}

/** A mechanism knows no other mechanism. */
const kitOnly = 'A mechanism imports the kit and the floors below, never another mechanism.'
// Everything but `kit/` and `../`: the linter's regular expressions have no look-ahead.
const notKit = '(?:[^k.]|k[^i]|ki[^t]|kit[^/])'

/** The rules of the linter, as overrides of its configuration. */
export function lintRules() {
  return [...rooms, 'testing'].flatMap((room) => {
    const refused = [`^(?:\\.\\./)+(?:${refusedRooms(room).join('|')})/`]
    if (room in refusedLibraries) refused.push(refusedLibraries[room])
    const message = `src/${room} may not import this: see scripts/floors.mjs and docs/architecture.md.`
    const ofThisFolder = [...refused, '^\\.\\./index\\.js$']
    if (room !== 'mechanisms') {
      return [
        rule([`src/${room}/*.ts`], message, ofThisFolder),
        rule([`src/${room}/*/**`], message, refused),
        ...(room in inner ? innerRules(room, message, refused) : []),
      ]
    }
    // The last rule that fits a file is the one that counts.
    return [
      rule(['src/mechanisms/*.ts'], kitOnly, [...ofThisFolder, `^\\./${notKit}`]),
      rule(['src/mechanisms/index.ts'], message, ofThisFolder),
      rule(['src/mechanisms/*/**'], kitOnly, [...refused, `^\\.\\./${notKit}`]),
      // A folder of a mechanism that has folders of its own.
      rule(['src/mechanisms/*/*/**'], kitOnly, [...refused, `^\\.\\./\\.\\./${notKit}`]),
      rule(['src/mechanisms/kit/**'], kitOnly, [...refused, '^\\.\\./[^.]']),
    ]
  })
}

const config = fileURLToPath(new URL('../.oxlintrc.json', import.meta.url))

/** The configuration of the linter with the rules of this table in it, as text. */
export function lintConfig() {
  const { overrides, ...rest } = JSON.parse(readFileSync(config, 'utf8'))
  const others = overrides.filter(({ rules }) => !('no-restricted-imports' in rules))
  return `${JSON.stringify({ ...rest, overrides: [...lintRules(), ...others] }, null, 2)}\n`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(config, lintConfig())
