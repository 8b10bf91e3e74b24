import { defineConfig } from 'vitest/config'

/** Ten minutes of churn, or MUSTER_SOAK_MINUTES; see docs/reliability.md. */
export default defineConfig({
  test: {
    include: ['test/faults/**/*.soak.ts'],
    reporters: [
      'default',
      './test/helpers/plain-reporter.ts',
      './test/faults/harness/table-reporter.ts',
    ],
    hookTimeout: 120_000,
  },
})
