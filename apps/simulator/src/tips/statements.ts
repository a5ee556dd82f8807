/**
 * Validators whose statements cover every transaction that they see. All of them are honest and spread evenly, so when a
 * transaction is first covered follows from when it was issued alone.
 */
import type { TipsOptions } from './options.js';

export class Statements {
  readonly #delay: number;
  /** Between two statements, of whichever validator. */
  readonly #spacing: number;
  readonly #validators: number;

  constructor({ h, validators, interval }: TipsOptions) {
    this.#delay = h;
    this.#validators = validators;
    this.#spacing = (interval * h) / Math.max(1, validators);
  }

  /** When the first statement that covers a transaction is signed; others see it a delay later. */
  coveredAt(issued: number): number {
    return this.#validators === 0
      ? Number.POSITIVE_INFINITY
      : Math.ceil((issued + this.#delay) / this.#spacing) * this.#spacing;
  }

  /** The round that is open when statements up to this time are seen: each validator signs one statement a round. */
  roundAt(time: number): number {
    return this.#validators === 0 ? 0 : 1 + Math.floor(Math.max(0, time) / (this.#spacing * this.#validators));
  }
}
