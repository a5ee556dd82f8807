#!/usr/bin/env node
// The committed entry of `tangle-sim`; the command itself is built from ../src.
import { existsSync } from 'node:fs';

const built = new URL('../dist/main.js', import.meta.url);
if (existsSync(built)) {
  await import(built.href);
} else {
  process.stderr.write('not built yet: run npm run build\n');
  process.exitCode = 1;
}
