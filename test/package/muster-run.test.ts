import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startNode } from '../helpers/child.js'
import { fencesOf } from '../helpers/fences.js'

const run = promisify(execFile)
const root = path.resolve(import.meta.dirname, '../..')
const source = path.join(root, 'packages/muster-run')
const tsc = path.join(root, 'node_modules/typescript/bin/tsc')
const state = { consumer: '', readme: '', packed: [] as readonly string[], bytes: 0 }

beforeAll(async () => {
  const consumer = await mkdtemp(path.join(tmpdir(), 'muster-run-'))
  state.consumer = consumer
  state.readme = await readFile(path.join(source, 'README.md'), 'utf8')
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', consumer], {
    cwd: source,
  })
  const [packed] = JSON.parse(stdout) as readonly {
    readonly filename: string
    readonly unpackedSize: number
    readonly files: readonly { readonly path: string }[]
  }[]
  if (packed === undefined) throw new Error(`npm pack gave nothing: ${stdout}`)
  state.packed = packed.files.map((file) => file.path)
  state.bytes = packed.unpackedSize
  await writeFile(
    path.join(consumer, 'package.json'),
    '{ "name": "consumer", "private": true, "type": "module" }\n',
  )
  const quiet = ['--no-audit', '--no-fund', '--offline', '--loglevel=error']
  await run('npm', ['install', ...quiet, path.join(consumer, packed.filename)], { cwd: consumer })
}, 240_000)
afterAll(async () => {
  await rm(state.consumer, { recursive: true })
})

/** Compiles TypeScript files of the consumer; gives what the compiler says. */
async function compile(module: string, ...files: readonly string[]): Promise<string> {
  const types = ['--typeRoots', path.join(root, 'node_modules/@types'), '--types', 'node']
  const options = ['--strict', '--target', 'es2023', '--module', module, '--skipLibCheck']
  try {
    const { stdout } = await run(process.execPath, [tsc, ...options, ...types, ...files], {
      cwd: state.consumer,
    })
    return stdout
  } catch (error) {
    return error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error)
  }
}

async function write(name: string, code: string): Promise<string> {
  const file = path.join(state.consumer, name)
  await writeFile(file, code)
  return file
}

async function manifest(folder: string): Promise<Readonly<Record<string, unknown>>> {
  const text = await readFile(path.join(folder, 'package.json'), 'utf8')
  return JSON.parse(text) as Record<string, unknown>
}

describe('the package muster-run', () => {
  it('installs itself and nothing else', async () => {
    const installed = await readdir(path.join(state.consumer, 'node_modules'))
    expect(installed.filter((name) => !name.startsWith('.'))).toEqual(['muster-run'])
  })

  it('holds the three rooms, compiled, and what belongs to a package', () => {
    const folders = new Set(state.packed.map((file) => file.split('/').slice(0, 2).join('/')))
    expect([...folders].sort()).toEqual([
      'LICENSE',
      'README.md',
      'dist/reload',
      'dist/run',
      'dist/testing',
      'package.json',
    ])
    expect(state.bytes).toBeLessThan(200_000)
  })

  it('has the version and the needs of muster-sd', async () => {
    const [ours, whole] = [await manifest(source), await manifest(root)]
    for (const key of ['version', 'license', 'engines', 'bugs'])
      expect(ours[key]).toEqual(whole[key])
    expect(ours).not.toHaveProperty('dependencies')
  })

  it.each([
    { kind: 'an ES module', name: 'a.mjs', code: "import { Group } from 'muster-run'\n" },
    { kind: 'CommonJS', name: 'a.cjs', code: "const { Group } = require('muster-run')\n" },
  ])('works in $kind', async ({ name, code }) => {
    const file = await write(name, `${code}new Group().run().then(() => console.log('ended'))\n`)
    expect((await run(process.execPath, [file])).stdout).toBe('ended\n')
  })

  it.each([
    { module: 'nodenext', file: 'typed.mts', says: '' },
    { module: 'nodenext', file: 'typed.cts', says: '' },
    { module: 'node16', file: 'typed.mts', says: '' },
    // What the README says: such a file has to use `import()`.
    { module: 'node16', file: 'typed.cts', says: 'TS1479' },
  ])('is typed for $module in $file, or says why not', async ({ module, file, says }) => {
    await write(
      file,
      "import { Group, type Actor } from 'muster-run'\nexport const group: Actor = new Group()\n",
    )
    const said = await compile(module, file)
    expect(said === '' ? said : /TS\d+/u.exec(said)?.[0]).toBe(says)
  })

  it('runs the example of its README, until a signal', async () => {
    const [example] = fencesOf(state.readme).filter(({ file }) => file === 'main.ts')
    const code = (example?.code ?? '').replace('port: 8080', 'port: 0')
    await write('main.ts', code)
    expect(await compile('nodenext', 'main.ts')).toBe('')
    const child = startNode(['main.js'], { cwd: state.consumer })
    await child.says(/listening/u)
    child.process.kill('SIGTERM')
    expect(await child.ended).toBe(0)
  })
})
