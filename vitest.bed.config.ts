import { defineConfig } from 'vitest/config'

/** What runs in the test bed, a network of its own: `npm run test:bed`. */
export default defineConfig({
  test: {
    include: ['test/**/*.bed.ts'],
    reporters: ['default', './test/helpers/plain-reporter.ts'],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    maxWorkers: 1,
  },
})
