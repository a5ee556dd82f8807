/** PROTOCOL 12.18: commit time never leads all honest clocks. */
import type { UnixMs } from '@tangle/core/ids';
import type { Commit } from '@tangle/core/model';
import type { Report } from './report.js';

export class CommitTimeChecker {
  readonly #report: Report;
  readonly #genesisMs: UnixMs;

  constructor(genesisMs: UnixMs, report: Report) {
    this.#genesisMs = genesisMs;
    this.#report = report;
  }

  /** @param latestMs the latest that any honest clock has shown so far. */
  committed({ index, timeMs }: Pick<Commit, 'index' | 'timeMs'>, latestMs: UnixMs): void {
    if (timeMs <= Math.max(this.#genesisMs, latestMs)) return;
    this.#report(`commit ${index} is at ${timeMs}, ${timeMs - latestMs} ms ahead of every honest clock`);
  }
}
