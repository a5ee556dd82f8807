/** How the outside asks a running command to stop. */
import { EXIT } from './failure.js';

export type StopReason = 'SIGINT' | 'SIGTERM' | 'parent-gone';

/**
 * Resolves on the first SIGINT or SIGTERM, and with `withParent` when the process that started this one is gone. A
 * second signal ends the process at once.
 */
export function nextStopSignal(withParent = false): Promise<StopReason> {
  return new Promise((resolve) => {
    let isStopping = false;
    const stop = (reason: StopReason): void => {
      if (isStopping && reason !== 'parent-gone') process.exit(exitCodeOf(reason));
      isStopping = true;
      resolve(reason);
    };
    process.on('SIGINT', () => stop('SIGINT'));
    process.on('SIGTERM', () => stop('SIGTERM'));
    if (!withParent) return;
    process.on('disconnect', () => stop('parent-gone'));
    if (!process.connected) stop('parent-gone');
  });
}

/** The same as an AbortSignal; `interruptionOf` says what aborted it. */
export function abortedOnStop(): AbortSignal {
  const controller = new AbortController();
  void nextStopSignal().then((reason) => controller.abort(reason));
  return controller.signal;
}

/** Why a signal of `abortedOnStop` was aborted; null where it was not. */
export function interruptionOf(signal: AbortSignal): StopReason | null {
  return signal.aborted ? (signal.reason as StopReason) : null;
}

/** Exit code of a command that a signal interrupted with work left. */
export function exitCodeOf(reason: StopReason): typeof EXIT.interrupted | typeof EXIT.terminated {
  return reason === 'SIGINT' ? EXIT.interrupted : EXIT.terminated;
}
