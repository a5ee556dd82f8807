// Shared by the root run (all suites, one set of totals) and by each package's own `test` script.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // The condition `source` makes tests read src/ of every workspace package unbuilt.
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source', 'module', 'node', 'development|production'] } },
  test: {
    include: ['**/test/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', '**/tangle-data/**'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
