/** The most memory that this process and the nodes held together, by what each reports of itself. */
export class MemoryMeter {
  readonly #urls: readonly string[];
  readonly #timer: NodeJS.Timeout;
  #peakBytes = 0;

  constructor(urls: readonly string[], intervalMs: number) {
    this.#urls = urls;
    this.#timer = setInterval(() => void this.sample(), intervalMs);
  }

  get peakMiB(): number {
    return Math.ceil(this.#peakBytes / 2 ** 20);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async sample(): Promise<void> {
    const nodes = await Promise.all(this.#urls.map((url) => residentBytesOf(url)));
    const sum = nodes.reduce((total, bytes) => total + bytes, process.memoryUsage.rss());
    this.#peakBytes = Math.max(this.#peakBytes, sum);
  }
}

async function residentBytesOf(url: string): Promise<number> {
  try {
    const metrics = await (await fetch(`${url}/metrics`)).text();
    return Number(/^process_resident_memory_bytes (\S+)$/m.exec(metrics)?.[1] ?? 0);
  } catch {
    // A node that is starting or stopping has no say in the peak.
    return 0;
  }
}
