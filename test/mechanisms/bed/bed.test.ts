import { execFile, spawnSync } from 'node:child_process'
import path from 'node:path'
import { describe, expect, it } from 'vitest'

const root = path.resolve(import.meta.dirname, '../../..')
const enter = path.join(import.meta.dirname, 'enter.sh')

/** What a machine lacks that cannot have the test bed. */
function lacks(): string | undefined {
  const found = spawnSync(enter, ['true'])
  if (found.error === undefined && found.status === 0) return undefined
  return 'needs unshare and ip, and the right to make namespaces'
}

/** Runs what `npm run test:bed` runs. */
function runBed(): Promise<{ readonly failed: boolean; readonly output: string }> {
  const vitest = path.join(root, 'node_modules/vitest/vitest.mjs')
  const args = [process.execPath, vitest, 'run', '--config', 'vitest.bed.config.ts']
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST'))
  const env = { ...Object.fromEntries(kept), NO_COLOR: '1' }
  return new Promise((resolve) => {
    execFile(enter, args, { cwd: root, env, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      resolve({ failed: error !== null, output: stdout + stderr })
    })
  })
}

function suite(): void {
  it('has no test that fails; `npm run test:bed` shows them one by one', {
    timeout: 300_000,
  }, async () => {
    const { failed, output } = await runBed()
    for (const line of output.match(/^left out: .*$/gm) ?? []) process.stdout.write(`${line}\n`)
    expect(failed, output).toBe(false)
  })
}

const missing = lacks()
if (missing === undefined || process.env['CI'] !== undefined) describe('the test bed', suite)
else describe.skip(`the test bed (left out: ${missing})`, suite)
