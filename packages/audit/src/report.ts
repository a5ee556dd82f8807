/** What a person is told of a proof: words only, the same in a terminal and on a page. */

export interface AuditReport {
  readonly verdict: 'proven' | 'refused';
  /** One sentence. */
  readonly headline: string;
  /** Who vouches for it, or which check failed and where. */
  readonly explanation: string;
  /** What is proven, by whom and when; empty where it is refused. */
  readonly facts: readonly AuditFact[];
  /** The readings or transactions that were proven, where there are any. */
  readonly table: AuditTable | null;
  /** In the order they were done; a failed one is the last. */
  readonly checks: readonly AuditCheck[];
  /** What nobody should read into it. */
  readonly limits: readonly string[];
}

export interface AuditFact {
  readonly label: string;
  readonly value: string;
  /** Something to compare sign by sign: a hash, an id, a key. */
  readonly isExact: boolean;
}

export interface AuditTable {
  readonly title: string;
  readonly columns: readonly string[];
  /** As many cells as columns. */
  readonly rows: readonly (readonly string[])[];
}

export interface AuditCheck {
  /** Stable, for programs and tests. */
  readonly name: string;
  readonly title: string;
  readonly status: 'passed' | 'failed';
  readonly detail: string;
}
