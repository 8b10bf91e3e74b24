import { defineConfig } from 'vitest/config'

/** What takes real servers that need half a minute to start: `scripts/peers.sh slow` installs them. */
export default defineConfig({
  test: {
    include: ['test/**/*.slow.ts'],
    reporters: ['default', './test/helpers/plain-reporter.ts'],
    testTimeout: 120_000,
    hookTimeout: 300_000,
    maxWorkers: 1,
    passWithNoTests: true,
  },
})
