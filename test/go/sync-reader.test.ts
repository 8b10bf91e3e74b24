import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { SyncReader } from '../../src/go/sync-reader.js'

const read = (reader: SyncReader, name: string): string =>
  reader.read(name, 1024, 5000).toString('utf8')

it('reads one file after the other in one thread, and says what the system says', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'muster-sync-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = path.join(folder, 'a')
  writeFileSync(file, 'one')
  const reader = new SyncReader()
  expect(read(reader, file)).toBe('one')
  writeFileSync(file, 'two')
  expect(read(reader, file)).toBe('two')
  expect(() => read(reader, `${file}/b`)).toThrow(
    expect.objectContaining({ code: 'ENOTDIR', syscall: 'stat' }),
  )
  expect(reader.silent).toEqual([])
})
