import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type StagedProject, stageProject } from '../helpers/staged-package.js'

const run = promisify(execFile)
const state: { project?: StagedProject } = {}

beforeAll(async () => {
  state.project = await stageProject()
})
afterAll(async () => {
  await state.project?.remove()
})

// Matches what backtracking alone takes exponential time for, and says whether V8 has its linear engine on.
const program = `
import { relabeler } from 'muster-sd/relabel'
const rules = relabeler([{ action: 'keep', source_labels: ['a'], regex: '(a|a)*(b|b)*(a|b)*c' }])
const kept = rules.apply({ a: 'ab'.repeat(20) + 'c' }) !== undefined
let linear = true
try { new RegExp('a', 'l') } catch { linear = false }
console.log(JSON.stringify({ kept, linear }))
`

it.each([
  { title: 'switches it on where an expression needs it', flags: [], linear: true },
  {
    title: 'leaves V8 as it is where node was told to',
    flags: ['--no-enable-experimental-regexp-engine'],
    linear: false,
  },
])('V8’s linear engine: relabelling $title', async ({ flags, linear }) => {
  const args = [...flags, '--input-type=module', '--eval', program]
  const { stdout } = await run(process.execPath, args, { cwd: state.project?.directory })
  expect(JSON.parse(stdout)).toEqual({ kept: true, linear })
})
