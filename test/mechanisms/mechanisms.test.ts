import { expect, it } from 'vitest'
import { describeMechanism } from './suite/describe-mechanism.js'
import { mechanismsWithCases } from './suite/mechanisms-with-cases.js'

/** Every mechanism of the list, with the cases in its folder: see docs/adding-a-mechanism.md. */
for (const { name, make, folder, cases } of await mechanismsWithCases()) {
  if (cases !== undefined) describeMechanism(make, cases, folder)
  else {
    it(`${name} has its cases in test/mechanisms/${name}/cases.ts`, () => {
      expect(cases).toBeDefined()
    })
  }
}
