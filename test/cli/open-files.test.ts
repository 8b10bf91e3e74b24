import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { expect, it } from 'vitest'

const main = path.resolve(import.meta.dirname, '../../dist/bin/muster.js')

it.each([24, 32])('with %i open files at most muster says what to raise', (limit) => {
  const command = `ulimit -n ${String(limit)} && exec "$0" "$1" --config.file=/nowhere.yml`
  const { status, stderr } = spawnSync('sh', ['-c', command, process.execPath, main], {
    encoding: 'utf8',
  })
  expect(status).toBe(1)
  expect(stderr).toMatch(/^muster: EMFILE: too many open files, open '.*'\n/)
  expect(stderr.split('\n')[1]).toBe('Raise the limit of open files (ulimit -n): 256 at least.')
})
