/** What a check of a data directory finds, and what to do about it. */

/** Findings that are listed one by one; further ones are counted. */
export const FINDINGS_MAX = 1_000;

export type FsckCode =
  /** Its checksum, hash or form is not what was written; or it is of no key space. */
  | 'record-corrupt'
  /** Another record says that it is there. */
  | 'record-missing'
  /** It is well-formed, and does not fit the others. */
  | 'record-contradicts'
  /** LevelDB itself cannot read a part. */
  | 'database-damaged'
  /** Batches that were acknowledged are gone. */
  | 'batch-lost';

/**
 * What helps. `rebuild`: it follows from the commits; `fsck` with `repair` drops it, and the next start makes it again.
 * `resync`: only others have it; `setLedgerAside`, and the next start fetches everything from its peers.
 */
export type FsckRemedy = 'rebuild' | 'resync';

export const REMEDIES: Readonly<Record<FsckRemedy, string>> = {
  rebuild:
    'it follows from the commits: run the check again with --repair, which drops it, and start the node, which makes it again',
  resync:
    'only other nodes hold it: run the check again with --resync, which sets the ledger aside, and start the node, which fetches everything from its peers and signs nothing until enough of them have said what they hold of its past. A network of one restores a backup instead',
};

export interface FsckFinding {
  readonly code: FsckCode;
  /** Name of the key space; null where it is not about records of one. */
  readonly keySpace: string | null;
  /** The whole key in hex, its key space byte first; null where it is not about one record. */
  readonly key: string | null;
  /** In words. */
  readonly what: string;
  readonly remedy: FsckRemedy;
}

export interface FsckReport {
  /** Records looked at. */
  readonly records: number;
  readonly commits: number;
  readonly leaves: number;
  /** The first FINDINGS_MAX of them. */
  readonly findings: readonly FsckFinding[];
  /** All of them. */
  readonly findingCount: number;
  /** Records that `repair` dropped. */
  readonly dropped: number;
}

/** Collects findings, each record once. */
export class Findings {
  readonly #listed: FsckFinding[] = [];
  readonly #keys = new Set<string>();
  #count = 0;

  get listed(): readonly FsckFinding[] {
    return this.#listed;
  }

  get count(): number {
    return this.#count;
  }

  add(finding: FsckFinding): void {
    if (finding.key !== null) {
      if (this.#keys.has(finding.key)) return;
      if (this.#keys.size < FINDINGS_MAX) this.#keys.add(finding.key);
    }
    this.#count += 1;
    if (this.#listed.length < FINDINGS_MAX) this.#listed.push(finding);
  }
}
