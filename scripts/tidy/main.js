// `npm run tidy`: keeps the shape of the source tree true. Prints what breaks a rule; exit code 1 if anything does.
import { fileURLToPath } from 'node:url';
import { readRepository } from './repository.js';
import { check } from './rules.js';

const repository = readRepository(fileURLToPath(new URL('../..', import.meta.url)));
const violations = check(repository);
for (const { rule, path, line, message } of violations) console.error(`${path}:${line}: ${rule}: ${message}`);
console.log(`tidy: ${repository.sources.size} source files, ${violations.length} violations`);
process.exitCode = violations.length === 0 ? 0 : 1;
