// The random requests of the API's tests, 10,000 of them.
import { defineConfig } from 'vitest/config';
import shared from '../../vitest.config.js';

export default defineConfig({
  ...shared,
  test: { ...shared.test, include: ['test/api/fuzz.test.ts'], env: { TANGLE_FUZZ_REQUESTS: '10000' } },
});
