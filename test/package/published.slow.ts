import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { publint } from 'publint'
import { afterAll, beforeAll, expect, it } from 'vitest'

const run = promisify(execFile)
const root = path.resolve(import.meta.dirname, '../..')
const state = { folder: '', tarball: new Uint8Array() }

beforeAll(async () => {
  state.folder = await mkdtemp(path.join(tmpdir(), 'muster-published-'))
  const flags = ['pack', '--ignore-scripts', '--json', `--pack-destination=${state.folder}`]
  const { stdout } = await run('npm', flags, { cwd: root })
  const [packed] = JSON.parse(stdout) as readonly { readonly filename: string }[]
  state.tarball = await readFile(path.join(state.folder, packed?.filename ?? ''))
}, 120_000)
afterAll(() => rm(state.folder, { recursive: true }))

it('gives publint nothing to complain about', async () => {
  const tarball = new Uint8Array(state.tarball).buffer
  const { messages } = await publint({ pack: { tarball }, level: 'suggestion', strict: true })
  expect(messages).toEqual([])
})

/**
 * `node10` does not read `exports`. Node 20.19 and later let CommonJS require ES modules; to an older
 * TypeScript that is still an error, as README says.
 */
function isKnown({ kind, resolutionKind }: { kind: string; resolutionKind?: string }): boolean {
  return (
    resolutionKind === 'node10' || (kind === 'CJSResolvesToESM' && resolutionKind === 'node16-cjs')
  )
}

it('has types that fit what is resolved, for every module setting but the oldest', async () => {
  const result = await checkPackage(createPackageFromTarballData(state.tarball))
  const problems = 'problems' in result ? result.problems : [{ kind: 'no types' }]
  expect(problems.filter((problem) => !isKnown(problem))).toEqual([])
})

interface Installed {
  readonly name: string
  readonly version: string
  readonly license?: string
}

/** The packages that come with muster, by npm's own list of them: a software bill of materials. */
async function dependencies(): Promise<readonly Installed[]> {
  const { stdout } = await run('npm', ['run', '-s', 'sbom'], { cwd: root, maxBuffer: 2 ** 24 })
  const { components } = JSON.parse(stdout) as {
    readonly components: readonly (Installed & {
      readonly licenses?: readonly { readonly license: { readonly id: string } }[]
    })[]
  }
  return components.map(({ name, version, licenses }) => ({
    name,
    version,
    ...(licenses?.[0] && { license: licenses[0].license.id }),
  }))
}

it('depends only on packages whose licences let anyone use them in anything', async () => {
  const all = await dependencies()
  const permissive = new Set(['MIT', 'ISC', 'Apache-2.0', 'BSD-3-Clause', '0BSD', 'PSF-2.0'])
  expect(all.length).toBeGreaterThan(20)
  expect(all.filter(({ license = '' }) => !permissive.has(license))).toEqual([])
})

it('carries the licence of each package whose code is in the command', async () => {
  const text = await readFile(path.join(root, 'dist/THIRD-PARTY-LICENSES.txt'), 'utf8')
  const heads = [...text.matchAll(/^(\S+) (\S+) \((.+)\)$/gmu)].map(([, name]) => name)
  expect(heads).toEqual(expect.arrayContaining(['hono', 'rxjs', 'undici', 'winston', 'js-yaml']))
  const known = new Set((await dependencies()).map(({ name }) => name))
  expect(heads.filter((name) => !known.has(name ?? ''))).toEqual([])
})
