// Makes the `muster` command: src/cli and all that it needs in a few files, dist/bin. Node reads a file of
// 700 KB many times faster than 360 small ones, so the command starts in half the time and memory. The
// package's other entries are not bundled: who embeds muster has one copy of each of its dependencies.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { rolldown } from 'rolldown'

const root = path.resolve(import.meta.dirname, '..')

const options = {
  cwd: root,
  platform: 'node',
  // A file that one command loads late and another at once is no mistake.
  checks: { ineffectiveDynamicImport: false },
  // Of winston, what only colours the lines of its own debugging is left out.
  transform: { define: { 'process.env.NODE_ENV': '"production"' } },
  // Read at run time by a worker thread.
  external: ['bcryptjs'],
  resolve: {
    extensionAlias: { '.js': ['.ts', '.tsx', '.js'] },
    // Rxjs would give Node its CommonJS build, of which nothing can be left out.
    alias: { rxjs: path.join(root, 'node_modules/rxjs/dist/esm/index.js') },
  },
}
rmSync(path.join(root, 'dist/bin'), { recursive: true, force: true })

// CommonJS: an ES module that imports `node:http` or `node:process` has Node make everything these export,
// a second HTTP client for instance; and what is required is loaded in one go, without a promise for each file.
const program = await rolldown({ ...options, input: { program: 'src/cli/main.ts' } })
const { output } = await program.generate({
  format: 'cjs',
  comments: false,
  entryFileNames: '[name].cjs',
  chunkFileNames: '[name]-[hash].cjs',
  minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
  codeSplitting: {
    groups: [
      // What is loaded before flags of V8 are set, and the code of which is therefore not kept.
      {
        name: 'first',
        test: /\/src\/(cli\/(v8-memory|compile-cache)|relabel\/regex\/v8-linear-engine)\.ts$/,
        priority: 4,
      },
      {
        name: 'commands',
        test: /\/src\/(cli\/(program|process-end|closed-terminal|standard-stream|faults)|go\/files)\.ts$/,
        priority: 3,
      },
      { name: 'mechanisms', test: /\/src\/cli\/mechanism-modules\.ts$/, priority: 2 },
      // What the daemon and the commands that read a config share.
      { name: 'config', test: /\/src\/cli\/check\/check-config\.ts$/, priority: 1 },
      { name: 'serve', test: /\/src\/cli\/serve\.ts$/, priority: 0 },
    ],
  },
})
await program.close()
mkdirSync(path.join(root, 'dist/bin'))
for (const { fileName, code } of output) {
  writeFileSync(path.join(root, 'dist/bin', fileName), asciiOf(code))
}

// A program of its own: src/go/file-process.ts starts it, from beside itself.
const files = await rolldown({ ...options, input: 'src/go/file-process-main.ts' })
await files.write({ file: 'dist/bin/file-process-main.js', format: 'esm', comments: false })
await files.close()

const start = `#!/usr/bin/env node
process.getBuiltinModule('node:module').createRequire(import.meta.url)('./program.cjs')
`
writeFileSync(path.join(root, 'dist/bin/muster.js'), start, { mode: 0o755 })

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

/** A text with one other character takes V8 ten times as long to read, and twice the memory. */
function asciiOf(code) {
  if (/String\.raw`[^`]*[^\0-\x7f]/.test(code)) throw new Error('String.raw has other characters')
  return code.replace(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
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
