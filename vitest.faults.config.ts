import { defineConfig } from 'vitest/config'

/** The fault suite: minutes, with real servers; see docs/reliability.md. */
export default defineConfig({
  test: {
    include: ['test/faults/**/*.faults.ts'],
    reporters: [
      'default',
      './test/helpers/plain-reporter.ts',
      './test/faults/harness/table-reporter.ts',
    ],
    testTimeout: 300_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
})
