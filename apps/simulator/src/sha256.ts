/** The platform's SHA-256 for the modelled crypto: in one call, which is faster for the short inputs of the protocol. */
import { hash } from 'node:crypto';
import type { Sha256 } from '@tangle/core/testing';

export const sha256: Sha256 = (...parts) => new Uint8Array(hash('sha256', Buffer.concat(parts), 'buffer'));
