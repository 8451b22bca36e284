import { defineConfig } from 'vitest/config'

/** One worker a core is enough: most tests wait for PostgreSQL, the object store or a browser. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    reporters: ['default', './test/support/closing-line.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // What is waited for may take its time on a loaded machine; what comes is seen at once.
    expect: { poll: { timeout: 20_000 } },
    pool: 'forks',
    maxWorkers: 2,
  },
})
