/** Everything that was issued, in order, as typed arrays: who, when, on which parents, and who approved it since. */

/** Number of the transaction that all others come after. */
export const GENESIS = 0;

export class Recording {
  readonly parentCount: number;
  /** By transaction, units of time. */
  readonly issued: Float64Array<ArrayBuffer>;
  readonly device: Int32Array<ArrayBuffer>;
  /** `parentCount` for each transaction. */
  readonly parents: Int32Array<ArrayBuffer>;
  /** Direct approvals by transactions; one that names it twice counts twice, as theory counts. */
  readonly approvals: Int32Array<ArrayBuffer>;
  /** When the first transaction or statement that approves it was issued; infinite before. */
  readonly approvedAt: Float64Array<ArrayBuffer>;
  #count = 0;

  constructor(transactions: number, parentCount: number) {
    this.parentCount = parentCount;
    this.issued = new Float64Array(transactions);
    this.device = new Int32Array(transactions);
    this.parents = new Int32Array(transactions * parentCount);
    this.approvals = new Int32Array(transactions);
    this.approvedAt = new Float64Array(transactions).fill(Number.POSITIVE_INFINITY);
  }

  get count(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count === this.issued.length;
  }

  issuedAt(transaction: number): number {
    return this.issued[transaction] as number;
  }

  /** The next transaction; returns how many of its parents nobody approved before. */
  add(time: number, device: number, parents: Int32Array): number {
    const number = this.#count;
    this.#count += 1;
    this.issued[number] = time;
    this.device[number] = device;
    const from = number * this.parentCount;
    let first = 0;
    for (let index = 0; index < this.parentCount; index += 1) {
      const parent = parents[index] as number;
      this.parents[from + index] = parent;
      if (this.approvedAt[parent] === Number.POSITIVE_INFINITY) first += 1;
      this.approvals[parent] = (this.approvals[parent] as number) + 1;
      this.approve(parent, time);
    }
    return number === GENESIS ? 0 : first;
  }

  /** By a statement or a transaction of this time; an earlier one stands. */
  approve(transaction: number, time: number): void {
    if ((this.approvedAt[transaction] as number) > time) this.approvedAt[transaction] = time;
  }

  readParents(transaction: number, into: Int32Array): void {
    const from = transaction * this.parentCount;
    for (let index = 0; index < this.parentCount; index += 1) into[index] = this.parents[from + index] as number;
  }
}
