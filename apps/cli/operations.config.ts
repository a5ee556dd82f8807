// What is deployed, in the programs it is made for: a run of its own, because not every machine has a Prometheus.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/operations/**/*.operations.ts'],
    testTimeout: 300_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
});
