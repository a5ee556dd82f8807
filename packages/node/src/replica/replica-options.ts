/** What a replica is given, what it tells its host, and what a submission may get. */
import type { Crypto, Signer } from '@tangle/core/crypto';
import type { Equivocation, ValidatorIdentity } from '@tangle/core/engine';
import type { TransactionId } from '@tangle/core/ids';
import type { CertifiedHead } from '@tangle/core/log';
import { MARK, reached } from '@tangle/core/marks';
import type { CheckedTransaction, Commit, Genesis } from '@tangle/core/model';
import type { TransactionReason } from '@tangle/core/validation';
import type { CosignerEvidence } from './certifier.js';
import type { SubmissionAnswer } from './inbox.js';
import type { ReplicaLimits } from './limits.js';
import type { PeerNumber } from './peers.js';
import type { ClockPort, NetworkPort, RandomPort, StorePort, VerifierPort } from './ports.js';

/** Why this node does not take a valid transaction. */
export interface AdmissionRefusal {
  /** Stable, lower case and hyphens. */
  readonly code: string;
  readonly detail: string;
}

/**
 * Local policy at the one place where it may act, the node a device submits to (PROTOCOL 3): null admits. What others
 * admitted, and statements cite, is never asked about.
 */
export type AdmissionPolicy = (transaction: CheckedTransaction) => AdmissionRefusal | null;

/** What a submission may get; all but `accepted` leave nothing behind. */
export type SubmitAnswer =
  | SubmissionAnswer
  | { readonly kind: 'refused'; readonly reason: TransactionReason }
  | { readonly kind: 'not-admitted'; readonly refusal: AdmissionRefusal }
  | { readonly kind: 'overloaded'; readonly openTransactions: number };

/** What the host of a replica hears, after it is durable. Listeners must not throw. */
export interface ReplicaListener {
  onWitnessed?(ids: readonly TransactionId[]): void;
  onCommit?(commit: Commit): void;
  onEquivocation?(equivocation: Equivocation): void;
  /**
   * A quorum has cosigned this head, and the own log has it: every leaf below its size has a proof. Sizes ascend; a size
   * comes again with each further cosignature until the policy's number of cosigners is met. At an observer, once a
   * validator has signed it as the log, too.
   */
  onCertified?(head: CertifiedHead): void;
  /** A validator cosigned two roots for one size. Once for each validator. */
  onCosignerEquivocation?(evidence: CosignerEvidence): void;
  /** A peer sent what no honest one sends. */
  onMisbehaviour?(peer: PeerNumber, what: string): void;
}

export interface ReplicaOptions {
  readonly genesis: Genesis;
  readonly crypto: Crypto;
  readonly validator: ValidatorIdentity | null;
  /** Default: validator. Without a `validator` then, somebody else signs in its place. */
  readonly role?: 'validator' | 'observer';
  /** The log key of the validator: signs certified heads for observers. Default: none. */
  readonly logSigner?: Signer;
  /**
   * Local policy for what observers bring that no statement cites yet (PROTOCOL 3), asked by validators. What it refuses is
   * offered again. Default: all is let in.
   */
  readonly admitsRelayed?: (transaction: CheckedTransaction) => boolean;
  /** The cosigner key of the validator; null where there is none, and the log of others is only followed. */
  readonly cosigner: Signer | null;
  readonly store: StorePort;
  readonly network: NetworkPort;
  readonly clock: ClockPort;
  readonly random: RandomPort;
  /** Default: one of its own. */
  readonly verifier?: VerifierPort;
  readonly limits: ReplicaLimits;
  readonly listener: ReplicaListener;
  /** The replica has stopped for good: the store failed, or the rule found more than f faulty. */
  readonly onFatal: (error: Error) => void;
}

/** The rule or the store says stop. */
export class ReplicaHaltError extends Error {
  override readonly name = 'ReplicaHaltError';
  readonly code: 'halted' | 'disk-failed';

  constructor(code: 'halted' | 'disk-failed', message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    if (code === 'disk-failed') reached(MARK.storeFailed);
  }
}
