/** The commands of `tangle` and what they share: `--json`, help, and errors that are left to main.ts. */
import { Command } from 'commander';
import { useAccess, type AccessOptions } from './access.js';
import { registerBackup } from './commands/backup.js';
import { registerCluster } from './commands/cluster.js';
import { registerConfig } from './commands/config.js';
import { registerDemo } from './commands/demo.js';
import { registerDevice } from './commands/device.js';
import { registerDoctor } from './commands/doctor.js';
import { registerExport } from './commands/export.js';
import { registerFsck } from './commands/fsck.js';
import { registerGet } from './commands/get.js';
import { registerInit } from './commands/init.js';
import { registerKeygen } from './commands/keygen.js';
import { registerNode } from './commands/node.js';
import { registerObserver } from './commands/observer.js';
import { registerProve } from './commands/prove.js';
import { registerQuery } from './commands/query.js';
import { registerRestore } from './commands/restore.js';
import { registerStatus } from './commands/status.js';
import { registerSubmit } from './commands/submit.js';
import { registerToken } from './commands/token.js';
import { registerVerify } from './commands/verify.js';
import { registerWatch } from './commands/watch.js';
import { packageVersion } from './options.js';

const HELP_FOOTER = `
Results go to stdout, everything else to stderr. With --json stdout is one object or JSON lines, and a failure ends it
with {"error":{"code","message","exitCode","details"}}. NO_COLOR, TANGLE_NODE, TANGLE_CA and
TANGLE_TOKEN are heeded.

Exit codes: 0 done, 1 failed, 2 usage, 3 refused by the ledger, 4 not reachable, 5 verification failed;
of a node also 70 halted, 74 disk failed, 78 configuration; 130 or 143 when interrupted by SIGINT or SIGTERM with work left.`;

export function createProgram(): Command {
  const program = new Command('tangle')
    .description('A tamper-evident, coordinator-free ledger for machine telemetry')
    .version(packageVersion())
    .option('--json', 'results as one JSON object or JSON lines')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: () => undefined })
    .addHelpText('after', HELP_FOOTER)
    .exitOverride();
  program.hook('preAction', (_program, command) => useAccess(command.opts<AccessOptions>()));
  registerInit(program);
  registerNode(program);
  registerObserver(program);
  registerConfig(program);
  registerCluster(program);
  registerDemo(program);
  registerKeygen(program);
  registerToken(program);
  registerDevice(program);
  registerSubmit(program);
  registerStatus(program);
  registerGet(program);
  registerQuery(program);
  registerWatch(program);
  registerExport(program);
  registerProve(program);
  registerVerify(program);
  registerFsck(program);
  registerBackup(program);
  registerRestore(program);
  registerDoctor(program);
  return program;
}
