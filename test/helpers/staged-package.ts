import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = path.resolve(import.meta.dirname, '../..')
const tsc = path.join(root, 'node_modules/typescript/bin/tsc')

/** An empty project of its own, in which `muster` is installed as built from the source at hand. */
export interface StagedProject {
  readonly directory: string
  /**
   * Compiles TypeScript of the project, with types checked, in place.
   * @throws with the compiler's output when it does not compile
   */
  compile(...files: readonly string[]): Promise<void>
  remove(): Promise<void>
}

/**
 * Makes the project in a temporary directory. The other packages are linked, so nothing is fetched.
 * Nobody's `dist` is touched: tests that run at the same time do not disturb each other.
 */
export async function stageProject(): Promise<StagedProject> {
  const directory = await mkdtemp(path.join(tmpdir(), 'muster-project-'))
  const modules = path.join(directory, 'node_modules')
  await mkdir(path.join(modules, 'muster'), { recursive: true })
  await linkPackages(path.join(root, 'node_modules'), modules)
  await cp(path.join(root, 'package.json'), path.join(modules, 'muster/package.json'))
  await writeFile(path.join(directory, 'package.json'), '{ "name": "staged", "type": "module" }\n')
  await build(path.join(modules, 'muster/dist'))
  return {
    directory,
    compile: (...files) => compile(directory, files),
    remove: () => rm(directory, { recursive: true }),
  }
}

/** Types are checked by `npm run types`; here only what the compiler writes counts. */
async function build(outDir: string): Promise<void> {
  try {
    await run(process.execPath, [tsc, '-p', root, '--noCheck', '--outDir', outDir])
  } catch (error) {
    // It writes what it can even so; a part that is half edited does not stop the tests of another.
    const written = await readdir(outDir).catch(() => [])
    if (written.length === 0) throw error
  }
}

async function linkPackages(from: string, to: string): Promise<void> {
  const names = await readdir(from)
  const packages = names.filter((name) => !name.startsWith('.') && name !== 'muster')
  await Promise.all(packages.map((name) => symlink(path.join(from, name), path.join(to, name))))
}

async function compile(directory: string, files: readonly string[]): Promise<void> {
  const options = ['--strict', '--target', 'es2023', '--module', 'nodenext', '--types', 'node']
  try {
    await run(process.execPath, [tsc, ...options, '--skipLibCheck', ...files], { cwd: directory })
  } catch (error) {
    const output =
      error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error)
    throw new Error(`${files.join(' ')} does not compile:\n${output}`, { cause: error })
  }
}
