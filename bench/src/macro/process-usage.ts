/** What the kernel counts for a process. Linux only: elsewhere null. */
import { readFile } from 'node:fs/promises';

export interface ProcessUsage {
  /** User and system time since its start, in milliseconds. */
  readonly cpuMs: number;
  /** Bytes it caused to be written to storage. */
  readonly writtenBytes: number;
  readonly residentBytes: number;
}

/** Clock ticks of /proc are 100 a second on every Linux that Node runs on. */
const TICK_MS = 10;

export async function usageOf(pid: number): Promise<ProcessUsage | null> {
  try {
    const [stat, io, status] = await Promise.all(
      ['stat', 'io', 'status'].map((name) => readFile(`/proc/${pid}/${name}`, 'utf8')),
    );
    // The second field is the command in brackets and may hold spaces; utime and stime are the 14th and 15th.
    const fields = (stat ?? '').slice((stat ?? '').lastIndexOf(')') + 2).split(' ');
    return {
      cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
      writtenBytes: Number(/^write_bytes: (\d+)$/m.exec(io ?? '')?.[1] ?? 0),
      residentBytes: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status ?? '')?.[1] ?? 0) * 1024,
    };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Time that all cores together were not idle since the machine started, stolen by its host included; null elsewhere. */
export async function machineBusyMs(): Promise<number | null> {
  if (process.platform !== 'linux') return null;
  const [line = ''] = (await readFile('/proc/stat', 'utf8')).split('\n', 1);
  // user nice system idle iowait irq softirq steal; guests are counted in the first two.
  const ticks = line.split(/\s+/).slice(1, 9).map(Number);
  const idle = (ticks[3] ?? 0) + (ticks[4] ?? 0);
  return (ticks.reduce((sum, count) => sum + count, 0) - idle) * TICK_MS;
}
