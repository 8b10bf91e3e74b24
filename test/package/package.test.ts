import { execFile } from 'node:child_process'
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Door, doors } from './doors.js'

const run = promisify(execFile)
const root = path.resolve(import.meta.dirname, '../..')
const tsc = path.join(root, 'node_modules/typescript/bin/tsc')
const state = { directory: '', consumer: '', packed: [] as readonly string[], compiled: '' }

beforeAll(async () => {
  state.directory = await mkdtemp(path.join(tmpdir(), 'muster-pack-'))
  state.consumer = await mkdtemp(path.join(tmpdir(), 'muster-consumer-'))
  const tarball = await pack(state.directory)
  await install(state.consumer, tarball)
  state.compiled = await compile(state.consumer)
}, 240_000)
afterAll(async () => {
  await rm(state.directory, { recursive: true })
  await rm(state.consumer, { recursive: true })
})

/** Builds and packs a copy, so that no other test's `dist` is touched. */
async function pack(directory: string): Promise<string> {
  const skip = new Set(['node_modules', 'dist', '.git', 'coverage'])
  for (const name of await readdir(root)) {
    if (!skip.has(name))
      await cp(path.join(root, name), path.join(directory, name), { recursive: true })
  }
  await symlink(path.join(root, 'node_modules'), path.join(directory, 'node_modules'))
  await run(process.execPath, [tsc, '-p', directory])
  const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--json'], { cwd: directory })
  const [packed] = JSON.parse(stdout) as readonly {
    readonly filename: string
    readonly files: readonly { readonly path: string }[]
  }[]
  if (packed === undefined) throw new Error(`npm pack gave nothing: ${stdout}`)
  state.packed = packed.files.map((file) => file.path)
  return path.join(directory, packed.filename)
}

/** Installs the tarball in a project that has nothing else, as a user would. */
async function install(consumer: string, tarball: string): Promise<void> {
  await writeFile(path.join(consumer, 'package.json'), '{ "name": "consumer", "private": true }\n')
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error']
  await run('npm', ['install', ...quiet, tarball], { cwd: consumer, timeout: 170_000 })
}

/** Runs a file of the consumer, and gives what it printed. */
async function node(file: string): Promise<string> {
  const { stdout, stderr } = await run(process.execPath, [file], { cwd: state.consumer })
  return (stdout + stderr).trim()
}

async function runCode(name: string, code: string): Promise<string> {
  await writeFile(path.join(state.consumer, name), code)
  return node(name)
}

/** Compiles one ES module and one CommonJS module for each door; gives the compiler's complaints. */
async function compile(consumer: string): Promise<string> {
  const sources = doors.flatMap((row) =>
    ['mts', 'cts'].map((kind) => [sourceOf(row, kind), row] as const),
  )
  for (const [name, row] of sources) await writeFile(path.join(consumer, name), typescript(row))
  const options = ['--strict', '--target', 'es2023', '--module', 'nodenext', '--types', 'node']
  const roots = ['--typeRoots', path.join(root, 'node_modules/@types')]
  const names = sources.map(([name]) => name)
  try {
    const { stdout } = await run(process.execPath, [tsc, ...options, ...roots, ...names], {
      cwd: consumer,
    })
    return stdout
  } catch (error) {
    return error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error)
  }
}

function sourceOf({ door }: Door, kind: string): string {
  return `typed-${door.replaceAll('/', '-')}.${kind}`
}

function typescript({ door, values, types, use }: Door): string {
  const typeNames = types.map((type) => `type ${type.replace(/<.*/u, '')}`)
  const imports = `import { ${[...values, ...typeNames].join(', ')} } from '${door}'`
  const kept = types.map((type, i) => `export type Kept${String(i)} = ${type}`)
  return [imports, ...values.map((name) => `void ${name}`), ...kept, use, ''].join('\n')
}

describe('the packed package', () => {
  it('holds what a user needs, and nothing of the workshop', () => {
    const folders = new Set(state.packed.map((file) => file.split('/')[0]))
    expect(
      [...folders].filter((name) => ['test', 'bench', 'scripts', '.ci'].includes(name ?? '')),
    ).toEqual([])
    for (const name of [
      'package.json',
      'LICENSE',
      'dist',
      'src',
      'docs',
      'examples',
      'CHANGELOG.md',
    ]) {
      expect(folders).toContain(name)
    }
  })

  it.each(doors)('has the files that it names for $door', async ({ door }) => {
    const targets = Object.values((await exportsOf())[door.replace('muster-sd', '.')] ?? {})
    expect(targets).toHaveLength(2)
    const packed = new Set(state.packed.map((file) => `./${file}`))
    expect(targets.filter((target) => !packed.has(target))).toEqual([])
  })

  it('has a row here for every door that is built', async () => {
    const exports = Object.entries(await exportsOf())
    const built = exports.filter(
      ([, target]) =>
        target.default !== undefined && state.packed.includes(target.default.slice(2)),
    )
    const rows = doors.map(({ door }) => door.replace('muster-sd', '.'))
    expect(built.map(([key]) => key).filter((key) => !rows.includes(key))).toEqual([])
  })
})

type Exports = Record<string, { readonly types?: string; readonly default?: string }>

async function exportsOf(): Promise<Exports> {
  const text = await readFile(path.join(root, 'package.json'), 'utf8')
  return (JSON.parse(text) as { readonly exports: Exports }).exports
}

describe.each(doors)('$door', (row) => {
  const { door, values } = row
  const file = door.replaceAll('/', '-')
  const present = `const missing = ${JSON.stringify(values)}.filter((name) => door[name] === undefined)
console.log(missing.length === 0 ? 'all there' : missing.join())\n`

  it('can be imported by an ES module', async () => {
    expect(await runCode(`${file}.mjs`, `import * as door from '${door}'\n${present}`)).toBe(
      'all there',
    )
  })

  it('can be required by CommonJS', async () => {
    expect(await runCode(`${file}.cjs`, `const door = require('${door}')\n${present}`)).toBe(
      'all there',
    )
  })

  it.each(['mts', 'cts'])('is typed for TypeScript as .%s', async (kind) => {
    const source = sourceOf(row, kind)
    const complaints = state.compiled.split('\n').filter((line) => line.startsWith(source))
    expect(complaints).toEqual([])
    expect(await node(source.replace(/ts$/u, 'js'))).toBe('works')
  })
})

it('gives the compiler nothing to complain about, its own declarations included', () => {
  expect(state.compiled).toBe('')
})
