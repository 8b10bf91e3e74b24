import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  floors,
  inner,
  leaves,
  lintConfig,
  refusedFolders,
  refusedRooms,
} from '../scripts/floors.mjs'

const root = path.resolve(import.meta.dirname, '..')
const rooms = floors.flat()

/** One import to be tried: from a file of a room, of a module. */
interface Attempt {
  readonly file: string
  readonly from: string
  readonly isRefused: boolean
}

/** Every room imports every other one, from a file of its own and from one a folder deeper. */
function attempts(): readonly Attempt[] {
  const pairs = [...rooms, 'testing'].flatMap((room) => {
    const refused = new Set(refusedRooms(room))
    return [...rooms, 'testing']
      .filter((other) => other !== room)
      .flatMap((other): readonly Attempt[] => [
        { file: `src/${room}/x.ts`, from: `../${other}/index.js`, isRefused: refused.has(other) },
        {
          file: `src/${room}/deep/x.ts`,
          from: `../../${other}/sub/y.js`,
          isRefused: refused.has(other),
        },
      ])
  })
  const whole = rooms.map((room) => ({
    file: `src/${room}/x.ts`,
    from: '../index.js',
    isRefused: true,
  }))
  const libraries = leaves.flatMap((room) =>
    ['winston', 'hono/cors', '@hono/node-server', 'undici', 'prom-client'].map((from) => ({
      file: `src/${room}/x.ts`,
      from,
      isRefused: true,
    })),
  )
  return [
    ...pairs,
    ...whole,
    ...libraries,
    { file: 'src/run/x.ts', from: 'rxjs', isRefused: true },
    { file: 'src/reload/x.ts', from: 'rxjs', isRefused: false },
    // A mechanism and its neighbours.
    { file: 'src/mechanisms/x.ts', from: './kit/index.js', isRefused: false },
    { file: 'src/mechanisms/x.ts', from: './hetzner.js', isRefused: true },
    { file: 'src/mechanisms/x.ts', from: './consul/index.js', isRefused: true },
    { file: 'src/mechanisms/x.ts', from: './kitten.js', isRefused: true },
    { file: 'src/mechanisms/consul/x.ts', from: '../kit/index.js', isRefused: false },
    { file: 'src/mechanisms/consul/x.ts', from: './y.js', isRefused: false },
    { file: 'src/mechanisms/consul/x.ts', from: '../dns/index.js', isRefused: true },
    { file: 'src/mechanisms/consul/x.ts', from: '../index.js', isRefused: true },
    { file: 'src/mechanisms/consul/deep/x.ts', from: '../y.js', isRefused: false },
    { file: 'src/mechanisms/consul/deep/x.ts', from: '../other/y.js', isRefused: false },
    { file: 'src/mechanisms/consul/deep/x.ts', from: '../../kit/index.js', isRefused: false },
    { file: 'src/mechanisms/consul/deep/x.ts', from: '../../dns/index.js', isRefused: true },
    { file: 'src/mechanisms/consul/deep/x.ts', from: '../../index.js', isRefused: true },
    { file: 'src/mechanisms/kit/x.ts', from: '../hetzner.js', isRefused: true },
    { file: 'src/mechanisms/kit/x.ts', from: './y.js', isRefused: false },
    { file: 'src/mechanisms/index.ts', from: './hetzner.js', isRefused: false },
  ]
}

/** Every folder of a room with floors of its own imports every other one, and the files at the top. */
function innerAttempts(): readonly Attempt[] {
  return Object.entries(inner).flatMap(([room, { folders, above }]) =>
    folders.flat().flatMap((folder): readonly Attempt[] => {
      const file = `src/${room}/${folder}/x.ts`
      const refused = new Set(refusedFolders(room, folder))
      return [
        ...folders
          .flat()
          .filter((other) => other !== folder)
          .map((other) => ({ file, from: `../${other}/y.js`, isRefused: refused.has(other) })),
        ...above.map((name) => ({ file, from: `../${name}.js`, isRefused: true })),
        { file, from: '../errors.js', isRefused: false },
        { file, from: './index.js', isRefused: false },
        { file: `src/${room}/x.ts`, from: `./${folder}/y.js`, isRefused: false },
        // The floors of the rooms hold here as well.
        { file, from: '../../cli/index.js', isRefused: true },
      ]
    }),
  )
}

/** The imports that the linter refuses, as `file from`, when each of them is tried in one run. */
function refusedIn(tree: string, tried: readonly Attempt[]): ReadonlySet<string> {
  const byFile = new Map<string, Attempt[]>()
  for (const attempt of tried) {
    byFile.set(attempt.file, [...(byFile.get(attempt.file) ?? []), attempt])
  }
  for (const [file, of] of byFile) {
    const target = path.join(tree, file)
    mkdirSync(path.dirname(target), { recursive: true })
    const lines = of.map(({ from }, i) => `export type { X as X${String(i)} } from '${from}'`)
    writeFileSync(target, `${lines.join('\n')}\n`)
  }
  const { stdout } = spawnSync(
    path.join(root, 'node_modules/.bin/oxlint'),
    ['--format=json', 'src'],
    { cwd: tree, encoding: 'utf8', maxBuffer: 1 << 28 },
  )
  const { diagnostics } = JSON.parse(stdout) as {
    readonly diagnostics: readonly {
      readonly code: string
      readonly filename: string
      readonly labels: readonly [{ readonly span: { readonly line: number } }]
    }[]
  }
  return new Set(
    diagnostics
      .filter(({ code }) => code.includes('no-restricted-imports'))
      .map(({ filename, labels: [{ span }] }) => {
        return `${filename} ${byFile.get(filename)?.[span.line - 1]?.from ?? '?'}`
      }),
  )
}

describe('the floors of src/', () => {
  let tree = ''

  beforeAll(() => {
    tree = mkdtempSync(path.join(os.tmpdir(), 'muster-floors-'))
    symlinkSync(path.join(root, 'node_modules'), path.join(tree, 'node_modules'))
    symlinkSync(path.join(root, '.oxlintrc.json'), path.join(tree, '.oxlintrc.json'))
  })
  afterAll(() => rmSync(tree, { recursive: true, force: true }))

  it('are the ones that the linter is configured with', () => {
    const written = readFileSync(path.join(root, '.oxlintrc.json'), 'utf8')
    expect(JSON.parse(written), 'run: npm run floors').toEqual(JSON.parse(lintConfig()))
  })

  it('have every room of src/ on one of them', () => {
    const folders = readdirSync(path.join(root, 'src'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
    expect([...rooms, 'testing'].sort()).toEqual(folders.sort())
  })

  it('have every folder of a room with floors of its own on one of these', () => {
    for (const [room, { folders }] of Object.entries(inner)) {
      const found = readdirSync(path.join(root, 'src', room), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name)
      expect(folders.flat().sort()).toEqual(found.sort())
    }
  })

  it('refuse every import of a room or folder that is not below, and no other', () => {
    const tried = [...attempts(), ...innerAttempts()]
    const refused = refusedIn(tree, tried)
    const expected = tried.filter(({ isRefused }) => isRefused)
    expect(expected.length).toBeGreaterThan(150)
    expect([...refused].sort()).toEqual(
      [...new Set(expected.map(({ file, from }) => `${file} ${from}`))].sort(),
    )
  })

  it('are the floors that docs/architecture.md shows', () => {
    const page = readFileSync(path.join(root, 'docs/architecture.md'), 'utf8')
    const shown = [...page.matchAll(/^\| (\d+) \| ([^|]+) \|/gm)]
      .map(([, level, names = '']) => ({
        level: Number(level),
        names: [...names.matchAll(/`([a-z]+)`/g)].map(([, name]) => name),
      }))
      .sort((a, b) => a.level - b.level)
    expect(shown).toEqual(floors.map((names, level) => ({ level, names })))
  })
})

/** The files of a walk, in order. */
function filesOf(walk: string): readonly string[] {
  return Array.from(walk.matchAll(/^\d+\. `([^`]+)`/gm), ([, file = '']) => file)
}

describe('the walks of docs/architecture.md', () => {
  const page = readFileSync(path.join(root, 'docs/architecture.md'), 'utf8')
  const walks = page.slice(page.indexOf('## Walks'), page.indexOf('## Decisions')).split('\n**')
  it.each(walks.slice(1).map((walk) => ({ title: walk.split('**')[0], files: filesOf(walk) })))(
    '$title: every file is there, and no more than thirty',
    ({ files }) => {
      expect(files.length).toBeGreaterThan(5)
      expect(files.length).toBeLessThanOrEqual(30)
      expect(files.filter((file) => !existsSync(path.join(root, file)))).toEqual([])
    },
  )

  it('are three', () => {
    expect(walks).toHaveLength(4)
  })
})
