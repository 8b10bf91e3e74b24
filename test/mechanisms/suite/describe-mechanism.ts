import { asyncScheduler } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { Registry } from 'prom-client'
import type { Mechanism } from '../../../src/discovery/index.js'
import type { MechanismFactory } from '../../../src/mechanisms/kit/index.js'
import type { MechanismCases } from './cases.js'
import { describeRun } from './describe-run.js'
import { describeSection, hasHttp } from './describe-section.js'
import { decode, userAgent } from './run.js'
import { testContext } from '../../../src/testing/discovery/index.js'

/**
 * The tests that every mechanism has to pass.
 * @param folder where the fixtures of its cases are
 */
export function describeMechanism(
  make: MechanismFactory,
  { section, runs = [] }: MechanismCases,
  folder: string,
): void {
  const mechanism = make({ registry: new Registry(), env: {}, userAgent })
  describe(mechanism.key, () => {
    describeSection(mechanism, section)
    describeRuns(mechanism, { section, runs })
    for (const run of runs) {
      if (run.title === '') describeRun(make, run, folder)
      else describe(run.title, () => describeRun(make, run, folder))
    }
  })
}

function describeRuns(
  mechanism: Mechanism,
  { section, runs }: Pick<Required<MechanismCases>, 'section' | 'runs'>,
): void {
  it('has a run for each way of finding targets', () => {
    expect(runs).not.toEqual([])
  })

  if (!hasHttp(mechanism.section)) return
  it('is not created with a certificate that is missing', () => {
    const config = decode(mechanism, {
      ...section.least,
      ...section.withHttp,
      tls_config: { ca_file: '/nowhere/ca' },
    })
    expect(() => mechanism.create(config, testContext(asyncScheduler))).toThrow(
      /^unable to read CA cert: unable to read file \/nowhere\/ca/,
    )
  })
}
