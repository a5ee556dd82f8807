// The page in a real browser: a run of its own, because not every machine has one.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { include: ['test/browser/**/*.browser.ts'], testTimeout: 60_000, hookTimeout: 60_000 },
});
