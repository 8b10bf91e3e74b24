import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { expect, it } from 'vitest'

const main = path.resolve(import.meta.dirname, '../../dist/bin/muster.js')

it.each([24, 32])('with %i open files at most the program still loads', (limit) => {
  const command = `ulimit -n ${String(limit)} && exec "$0" "$1" --web.listen-address=127.0.0.1:0 --config.file=/nowhere.yml`
  const { status, stderr } = spawnSync('sh', ['-c', command, process.execPath, main], {
    encoding: 'utf8',
  })
  expect(status).toBe(2)
  expect(stderr).toContain('open /nowhere.yml: no such file or directory')
})
