import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = path.resolve(import.meta.dirname, '..')

/** A linter that finds nothing also passes; so each rule of the floors is broken once on purpose. */
describe('the linter keeps the floors', () => {
  let tree = ''

  beforeAll(() => {
    tree = mkdtempSync(path.join(os.tmpdir(), 'muster-floors-'))
    copyFileSync(path.join(root, '.oxlintrc.json'), path.join(tree, '.oxlintrc.json'))
    symlinkSync(path.join(root, 'node_modules'), path.join(tree, 'node_modules'))
  })
  afterAll(() => rmSync(tree, { recursive: true, force: true }))

  function lint(file: string, code: string): string {
    const target = path.join(tree, file)
    mkdirSync(path.dirname(target), { recursive: true })
    writeFileSync(target, code)
    try {
      execFileSync(path.join(root, 'node_modules/.bin/oxlint'), ['--deny-warnings', file], {
        cwd: tree,
        encoding: 'utf8',
        stdio: 'pipe',
      })
      return ''
    } catch (error) {
      return String((error as { stdout?: unknown }).stdout)
    } finally {
      rmSync(target)
    }
  }

  it.each([
    { file: 'src/run/x.ts', from: '../discovery/index.js' },
    { file: 'src/run/x.ts', from: '../labels/index.js' },
    { file: 'src/run/x.ts', from: 'rxjs' },
    { file: 'src/run/x.ts', from: 'winston' },
    { file: 'src/reload/x.ts', from: '../yaml/index.js' },
    { file: 'src/reload/x.ts', from: 'winston' },
    { file: 'src/yaml/x.ts', from: '../telemetry/index.js' },
    { file: 'src/discovery/x.ts', from: '../http/index.js' },
    { file: 'src/discovery/x.ts', from: './consul/index.js' },
    { file: 'src/discovery/consul/x.ts', from: '../../config/index.js' },
    { file: 'src/discovery/consul/x.ts', from: '../dns/index.js' },
    { file: 'src/relabel/x.ts', from: '../scrape/index.js' },
    { file: 'src/http/x.ts', from: '../relabel/index.js' },
    { file: 'src/config/x.ts', from: '../discovery/consul/index.js' },
    { file: 'src/config/x.ts', from: '../scrape/index.js' },
    { file: 'src/scrape/x.ts', from: '../notifier/index.js' },
    { file: 'src/scrape/x.ts', from: '../web/index.js' },
    { file: 'src/notifier/x.ts', from: '../scrape/index.js' },
    { file: 'src/web/x.ts', from: '../cli/main.js' },
    { file: 'src/testing/x.ts', from: '../web/index.js' },
  ])('$file may not import $from', ({ file, from }) => {
    expect(lint(file, `import type { X } from '${from}'\nexport type Y = X\n`)).toContain(
      'no-restricted-imports',
    )
  })

  it.each([
    { file: 'src/cli/x.ts', from: '../web/index.js' },
    { file: 'src/scrape/x.ts', from: '../relabel/index.js' },
    { file: 'src/discovery/consul/x.ts', from: '../../http/index.js' },
    { file: 'src/discovery/x.ts', from: '../yaml/index.js' },
    { file: 'src/reload/x.ts', from: 'rxjs' },
  ])('$file may import $from', ({ file, from }) => {
    expect(lint(file, `import type { X } from '${from}'\nexport type Y = X\n`)).toBe('')
  })
})
