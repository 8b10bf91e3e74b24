import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'

const root = path.resolve(import.meta.dirname, '../..')
const text = readFileSync(path.join(root, 'docs/pages.md'), 'utf8')

describe('docs/pages.md', () => {
  const images = [...text.matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)].map(([, image = '']) => image)

  it.each(images)('has the picture %s, a small one', (image) => {
    const file = path.join(root, 'docs', image)
    expect(existsSync(file)).toBe(true)
    expect(statSync(file).size).toBeLessThan(200_000)
  })

  it('makes them from a config that loads', () => {
    const entry = path.join(root, 'dist/bin/muster.js')
    const args = [entry, 'check', 'config', 'examples/pages/prometheus.yml']
    const { status, stdout } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' })
    expect(stdout).toContain('SUCCESS')
    expect(status).toBe(0)
  })
})
