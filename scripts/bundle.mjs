// Makes the `muster` command: src/cli and all that it needs in a few files, dist/bin. Node reads a file of
// 700 KB many times faster than 360 small ones, so the command starts in half the time and memory. The
// package's other entries are not bundled: who embeds muster has one copy of each of its dependencies.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { rolldown } from 'rolldown'

const root = path.resolve(import.meta.dirname, '..')

const bundle = await rolldown({
  cwd: root,
  // The second is a program of its own: src/go/file-process.ts starts it, from beside itself.
  input: { muster: 'src/cli/main.ts', 'file-process-main': 'src/go/file-process-main.ts' },
  platform: 'node',
  // Read at run time by a worker thread.
  external: ['bcryptjs'],
  resolve: {
    extensionAlias: { '.js': ['.ts', '.tsx', '.js'] },
    // Rxjs would give Node its CommonJS build, of which nothing can be left out.
    alias: { rxjs: path.join(root, 'node_modules/rxjs/dist/esm/index.js') },
  },
})
const { output } = await bundle.write({
  dir: 'dist/bin',
  format: 'esm',
  cleanDir: true,
  comments: false,
  chunkFileNames: '[name]-[hash].js',
})
await bundle.close()

writeFileSync(path.join(root, 'dist/THIRD-PARTY-LICENSES.txt'), notices(output))

// What src/daemon/build-info.ts reads.
writeFileSync(path.join(root, 'dist/build.json'), `${JSON.stringify({ revision: revision() })}\n`)

/** The licences of the packages whose code is in the bundle: they ask to go along with it. */
function notices(chunks) {
  const folders = new Set()
  for (const { moduleIds = [] } of chunks) {
    for (const id of moduleIds) {
      const [folder] = /^.*\/node_modules\/(@[^/]+\/)?[^/]+/.exec(id.replaceAll('\0', '')) ?? []
      if (folder !== undefined) folders.add(folder)
    }
  }
  const parts = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
    const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice)/i.test(file))
    const texts = files.sort().map((file) => readFileSync(path.join(folder, file), 'utf8').trim())
    return `${name} ${version} (${license})\n\n${texts.join('\n\n')}\n`
  })
  const rule = `\n${'-'.repeat(80)}\n\n`
  return ['The files of dist/bin contain code of these packages.\n', ...parts].join(rule)
}

/** The commit that is built, `-dirty` where files differ from it; empty outside of a repository. */
function revision() {
  const git = (...args) =>
    execFileSync('git', args, { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim()
  try {
    // A package that is built inside of some other repository is not of that.
    if (path.resolve(git('rev-parse', '--show-toplevel')) !== root) return ''
    const changed = git('status', '--porcelain', '--untracked-files=no')
    return git('rev-parse', 'HEAD') + (changed === '' ? '' : '-dirty')
  } catch {
    return ''
  }
}
