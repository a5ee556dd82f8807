/** Entry of the command `tangle`. */
import { run } from './run.js';

// Whoever writes next gets the error, see output.ts; unheard it would end the process with a stack trace.
process.stdout.on('error', () => undefined);
process.exitCode = await run(process.argv.slice(2));
await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
// What is still open by now (idle connections, a closed pipe) must not keep the process.
process.exit();
