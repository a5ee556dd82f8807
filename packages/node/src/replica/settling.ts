/** Who waits until everything that was taken in is durable. */

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class Settling {
  #waiters: Waiter[] = [];

  get isAwaited(): boolean {
    return this.#waiters.length > 0;
  }

  wait(): Promise<void> {
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  /** Answers all who wait; `failure` where it never will be durable. */
  answer(failure: Error | null): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const { resolve, reject } of waiters) {
      if (failure === null) resolve();
      else reject(failure);
    }
  }
}
