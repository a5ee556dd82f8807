/** Delay between processes of this machine: a process that hands on the bytes of TCP connections a fixed time later. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { RelayPorts, RelayTask } from './relay-child.js';

export interface Relay extends RelayPorts {
  stop(): Promise<void>;
}

/** Starts the process; its ports stand in the order of the targets. */
export async function startRelay(task: RelayTask): Promise<Relay> {
  const child = fork(path.join(import.meta.dirname, 'relay-child.js'));
  const ended = once(child, 'exit');
  const stop = async (): Promise<void> => {
    if (child.connected) child.disconnect();
    await ended;
  };
  child.send(task);
  const answer = (await Promise.race([once(child, 'message'), ended.then(() => null)])) as [RelayPorts] | null;
  if (answer === null) throw new Error('the relay ended before it listened');
  return { ports: answer[0].ports, stop };
}
