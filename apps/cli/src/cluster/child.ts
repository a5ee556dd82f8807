/** One node of a local cluster as a process of its own, running `tangle node`. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterNode } from './layout.js';
import { CliError, codeOf, EXIT, type Failure } from '../failure.js';
import { waitUntilReady } from '../http.js';

/** What a node tells the process that started it. */
export type ChildReport = { readonly kind: 'started' } | { readonly kind: 'failed'; readonly failure: Failure };

export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it said before, where it had time to. */
  readonly failure: Failure | null;
}

/** Beside the node's config.json. A new start appends; above this size the file is set aside first. */
export const LOG_FILE = 'node.log';
const LOG_BYTES_MAX = 16 * 1_024 * 1_024;
const STOP_GRACE_MS = 10_000;
/** MiB a semi-space: four nodes share this machine, and the default of 16 lets each hold 20 MiB more for no speed seen. */
const SMALL_YOUNG_GENERATION = '--max-semi-space-size=4';
const ENTRY = path.join(import.meta.dirname, '..', '..', 'bin', 'tangle.js');

export class ClusterChild {
  readonly node: ClusterNode;
  /** Resolves when the process is gone; never rejects. */
  readonly exited: Promise<ChildExit>;
  /** Resolves when it says that it serves its addresses. */
  readonly #started: Promise<void>;
  readonly #process: ChildProcess;
  #exit: ChildExit | null = null;

  private constructor(node: ClusterNode, child: ChildProcess) {
    this.node = node;
    this.#process = child;
    this.#started = new Promise((resolve) => {
      child.on('message', (report: ChildReport) => {
        if (report.kind === 'started') resolve();
      });
    });
    this.exited = this.#follow();
  }

  /** Starts the process; whether the node then starts is another question, see `ready`. */
  static async start(node: ClusterNode): Promise<ClusterChild> {
    const file = path.join(path.dirname(node.configFile), LOG_FILE);
    await setAsideIfLarge(file);
    const log = await open(file, 'a', 0o600);
    try {
      const child = spawn(
        process.execPath,
        [SMALL_YOUNG_GENERATION, ENTRY, 'node', '--config', node.configFile, '--stop-with-parent'],
        {
          // A group of its own: Ctrl-C reaches the cluster alone, which then stops its nodes. They end with the channel.
          detached: true,
          stdio: ['ignore', 'ignore', log.fd, 'ipc'],
        },
      );
      return new ClusterChild(node, child);
    } finally {
      await log.close();
    }
  }

  get pid(): number {
    return this.#process.pid ?? -1;
  }

  /** Resolves once the node is ready. Throws what the node said, or `not-ready`. */
  async ready(timeoutMs: number): Promise<void> {
    const deadlineMs = performance.now() + timeoutMs;
    // Before it says so, whoever answers on its port is somebody else.
    const isStarted = await within(timeoutMs, Promise.race([this.#started.then(() => true), this.exited]));
    if (isStarted === true) {
      const leftMs = deadlineMs - performance.now();
      const isReady = await waitUntilReady(this.node.apiUrl, leftMs, () => this.#exit !== null);
      if (isReady && this.#exit === null) return;
    }
    const { name } = this.node;
    if (this.#exit !== null) throw startError(name, this.#exit);
    throw new CliError(
      'not-ready',
      `${name} is not ready after ${timeoutMs / 1_000} s; see its ${LOG_FILE}`,
      EXIT.failed,
      { node: name },
    );
  }

  /** SIGTERM, and SIGKILL after a grace. */
  async stop(): Promise<ChildExit> {
    if (this.#exit !== null) return this.#exit;
    this.#process.kill('SIGTERM');
    const exit = await within(STOP_GRACE_MS, this.exited);
    if (exit !== null) return exit;
    this.#process.kill('SIGKILL');
    return this.exited;
  }

  async #follow(): Promise<ChildExit> {
    const child = this.#process;
    let failure: Failure | null = null;
    child.on('message', (message) => {
      // Our own program at the other end of a private channel.
      const report = message as ChildReport;
      if (report.kind === 'failed') failure = report.failure;
    });
    try {
      const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
      this.#exit = { code, signal, failure };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#exit = {
        code: null,
        signal: null,
        failure: { code: 'spawn-failed', message, exitCode: EXIT.failed, details: {} },
      };
    }
    return this.#exit;
  }
}

/** What a promise resolves with; null where that takes longer. */
async function within<Value>(timeoutMs: number, promise: Promise<Value>): Promise<Value | null> {
  const controller = new AbortController();
  const late = delay(timeoutMs, null, { signal: controller.signal }).catch(() => null);
  try {
    return await Promise.race([promise, late]);
  } finally {
    controller.abort();
  }
}

/** How a process ended, in words. */
export function describeExit({ code, signal, failure }: ChildExit): string {
  if (failure !== null) return `${failure.code}: ${failure.message}`;
  return signal === null ? `exit code ${code}` : `killed by ${signal}`;
}

function startError(name: string, exit: ChildExit): CliError {
  const { failure } = exit;
  if (failure === null) {
    return new CliError('node-died', `${name} ended before it was ready (${describeExit(exit)}); see its ${LOG_FILE}`);
  }
  return new CliError(failure.code, `${name}: ${failure.message}`, failure.exitCode, {
    ...failure.details,
    node: name,
  });
}

async function setAsideIfLarge(file: string): Promise<void> {
  try {
    if ((await stat(file)).size > LOG_BYTES_MAX) await rename(file, `${file}.1`);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}
