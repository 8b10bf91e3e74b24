import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Workspace } from '../helpers/daemon.js'

const root = path.resolve(import.meta.dirname, '../..')
const page = readFileSync(path.join(root, 'docs/planning-a-change.md'), 'utf8')
const blocks = [...page.matchAll(/^```(\S+)(?: file=(\S+))?\n([^]*?)^```$/gmu)].map(
  ([, language = '', file, text = '']) => ({ language, file, text }),
)

describe('the example of docs/planning-a-change.md', () => {
  const workspace = new Workspace()

  beforeAll(() => {
    for (const { file, text } of blocks) if (file !== undefined) workspace.write(file, text)
  })
  afterAll(() => workspace.remove())

  /** Runs the command in the folder of the files. */
  async function run(
    command: string,
  ): Promise<{ readonly code: unknown; readonly stdout: string }> {
    const [, ...args] = command.trim().split(' ')
    const entry = path.join(root, 'dist/bin/muster.js')
    const child = spawn(process.execPath, [entry, ...args], { cwd: workspace.directory })
    let stdout = ''
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
    })
    const [code] = (await once(child, 'close')) as [unknown]
    return { code, stdout }
  }

  it('prints what stands there', async () => {
    const scripts = blocks.filter(({ language }) => language === 'sh')
    const [record = '', plan = ''] = scripts[0]?.text.trim().split('\n') ?? []
    expect((await run(record)).code).toBe(0)
    const planned = await run(plan)
    expect(planned.code).toBe(0)
    expect(planned.stdout).toBe(blocks.find(({ language }) => language === 'text')?.text)
    const limited = await run(scripts[1]?.text ?? '')
    expect(limited.code).toBe(1)
    expect(limited.stdout).toContain('<!-- muster plan -->')
  })
})
