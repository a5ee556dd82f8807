/**
 * A process of its own between nodes: takes TCP connections and hands their bytes on, both ways, a fixed time later. Told
 * what to do by its parent's one message, answers with the ports that it listens on, ends with its parent.
 */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface RelayTask {
  /** One way. */
  readonly delayMs: number;
  /** Ports of 127.0.0.1 that bytes are handed on to. */
  readonly targets: readonly number[];
}

/** For each target the port to connect to in its place. */
export interface RelayPorts {
  readonly ports: readonly number[];
}

/** Bytes under way in one direction of a connection at which nothing more is read. */
const UNDER_WAY_BYTES_MAX = 16 * 1_024 * 1_024;

function handOn(from: Socket, to: Socket, delayMs: number): void {
  let underWayBytes = 0;
  // Timers of one length fire in the order in which they were set: nothing overtakes.
  from.on('data', (chunk: Buffer) => {
    underWayBytes += chunk.length;
    if (underWayBytes > UNDER_WAY_BYTES_MAX) from.pause();
    setTimeout(() => {
      underWayBytes -= chunk.length;
      if (underWayBytes <= UNDER_WAY_BYTES_MAX) from.resume();
      if (to.writable) to.write(chunk);
    }, delayMs);
  });
  from.on('end', () => setTimeout(() => to.end(), delayMs));
  // The other end learns it from the closing; there is nobody to tell here.
  from.on('error', () => to.destroy());
  from.on('close', () => setTimeout(() => to.destroy(), delayMs));
}

async function relayTo(target: number, delayMs: number): Promise<number> {
  const server = createServer({ noDelay: true }, (from) => {
    const to = connect({ port: target, host: '127.0.0.1', noDelay: true });
    handOn(from, to, delayMs);
    handOn(to, from, delayMs);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

process.once('message', (message) => {
  // Our own program at the other end of a private channel.
  const { delayMs, targets } = message as RelayTask;
  Promise.all(targets.map((target) => relayTo(target, delayMs))).then(
    (ports) => process.send?.({ ports } satisfies RelayPorts),
    (error: unknown) => {
      throw error;
    },
  );
});
process.once('disconnect', () => process.exit());
