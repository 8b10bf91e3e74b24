// Makes what packages/muster-run publishes: src/run, src/reload and src/testing, compiled, with the licence.
import { execFileSync } from 'node:child_process'
import { copyFileSync, rmSync } from 'node:fs'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '..')
const folder = path.join(root, 'packages/muster-run')
rmSync(path.join(folder, 'dist'), { recursive: true, force: true })
const tsc = path.join(root, 'node_modules/typescript/bin/tsc')
execFileSync(process.execPath, [tsc, '-p', folder], { stdio: 'inherit' })
copyFileSync(path.join(root, 'LICENSE'), path.join(folder, 'LICENSE'))
