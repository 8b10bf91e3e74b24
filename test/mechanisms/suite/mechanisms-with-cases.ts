import { existsSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { MechanismFactory } from '../../../src/mechanisms/kit/index.js'
import { builtInMechanisms } from '../../../src/mechanisms/index.js'
import { allMechanisms } from '../../config/mechanisms.js'
import type { MechanismCases } from './cases.js'

/** A mechanism of the list, and what its folder says of it. */
export interface MechanismWithCases {
  readonly name: string
  /** `hetzner_sd_configs` */
  readonly key: string
  readonly make: MechanismFactory
  /** `test/mechanisms/<name>` */
  readonly folder: string
  /** Undefined where the folder has no `cases.ts`. */
  readonly cases: MechanismCases | undefined
}

/** Every mechanism of the list in src/mechanisms/index.ts. */
export function mechanismsWithCases(): Promise<readonly MechanismWithCases[]> {
  return Promise.all(
    allMechanisms().map(async ({ name, key }) => {
      const folder = path.join(import.meta.dirname, '..', name)
      return { name, key, make: makerOf(name), folder, cases: await casesIn(folder) }
    }),
  )
}

function makerOf(name: string): MechanismFactory {
  return (options) => {
    const found = [...builtInMechanisms(options)].find((mechanism) => mechanism.name === name)
    if (found === undefined) throw new Error(`${name} is not in the list`)
    return found
  }
}

async function casesIn(folder: string): Promise<MechanismCases | undefined> {
  const file = path.join(folder, 'cases.ts')
  if (!existsSync(file)) return undefined
  return ((await import(pathToFileURL(file).href)) as { default: MechanismCases }).default
}
