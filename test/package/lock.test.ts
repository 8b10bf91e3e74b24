import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, it } from 'vitest'

interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly optionalDependencies?: Readonly<Record<string, string>> }>
  >
}

// An install writes down only what its registry offers; `npm ci` refuses a lock file that lacks the
// packages of other platforms, on every platform.
it('locks every optional package of what it locks, so that npm ci works on every platform', async () => {
  const file = path.resolve(import.meta.dirname, '../../package-lock.json')
  const { packages } = JSON.parse(await readFile(file, 'utf8')) as Lock
  const missing = Object.entries(packages).flatMap(([parent, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) =>
        packages[`node_modules/${name}`] === undefined &&
        packages[`${parent}/node_modules/${name}`] === undefined,
    ),
  )
  expect(missing).toEqual([])
})
