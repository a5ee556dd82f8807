/** Loaded into a process by `--import`: samples its main thread and writes the profile into a folder as it ends. */
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import path from 'node:path';

/** Names the folder. Without it nothing is sampled. */
export const PROFILE_DIRECTORY = 'TANGLE_BENCH_PROFILE_DIRECTORY';

const directory = process.env[PROFILE_DIRECTORY];
if (directory !== undefined) {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.start');
  process.once('exit', () => {
    // Answers before it returns: both ends of this session are this thread.
    session.post('Profiler.stop', (error, { profile }) => {
      if (error === null) writeFileSync(path.join(directory, `${process.pid}.cpuprofile`), JSON.stringify(profile));
    });
  });
}
