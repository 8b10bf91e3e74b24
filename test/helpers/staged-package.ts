import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = path.resolve(import.meta.dirname, '../..')
const tsc = path.join(root, 'node_modules/typescript/bin/tsc')

/** An empty project of its own, in which `muster-sd` is installed as built from the source at hand. */
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
 * No other `dist` is touched: tests that run at the same time do not disturb each other.
 */
export async function stageProject(): Promise<StagedProject> {
  const directory = await mkdtemp(path.join(tmpdir(), 'muster-project-'))
  const modules = path.join(directory, 'node_modules')
  await mkdir(path.join(modules, 'muster-sd'), { recursive: true })
  await linkPackages(path.join(root, 'node_modules'), modules)
  await cp(path.join(root, 'package.json'), path.join(modules, 'muster-sd/package.json'))
  await writeFile(path.join(directory, 'package.json'), '{ "name": "staged", "type": "module" }\n')
  await build(path.join(modules, 'muster-sd/dist'))
  return {
    directory,
    compile: (...files) => compile(directory, files),
    remove: () => rm(directory, { recursive: true }),
  }
}

/** @throws with the compiler's output when the source does not compile: such a package proves nothing */
async function build(outDir: string): Promise<void> {
  await compiled(['-p', root, '--outDir', outDir], root, 'src')
}

async function linkPackages(from: string, to: string): Promise<void> {
  const names = await readdir(from)
  const packages = names.filter((name) => !name.startsWith('.') && name !== 'muster-sd')
  await Promise.all(packages.map((name) => symlink(path.join(from, name), path.join(to, name))))
}

async function compile(directory: string, files: readonly string[]): Promise<void> {
  const options = ['--strict', '--target', 'es2023', '--module', 'nodenext', '--types', 'node']
  await compiled([...options, '--skipLibCheck', ...files], directory, files.join(' '))
}

async function compiled(args: readonly string[], cwd: string, what: string): Promise<void> {
  try {
    await run(process.execPath, [tsc, ...args], { cwd })
  } catch (error) {
    const output =
      error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error)
    throw new Error(`${what} does not compile:\n${output}`, { cause: error })
  }
}
