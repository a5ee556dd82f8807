/** From two files as bytes to a verdict: what an auditor holds, and nothing else. */
import type { Crypto } from '@tangle/core/crypto';
import type { Genesis } from '@tangle/core/model';
import type { Verdict } from '@tangle/core/proof';
import type { Result } from '@tangle/core/result';
import { RANGE_LENGTH_MAX, readGenesisFile, verifyFileUnder } from '@tangle/core/proof';
import { fail } from '@tangle/core/result';

/** Bytes of a file that is worth reading: the largest range bundle is larger than any proof or genesis. */
export const FILE_BYTES_MAX = RANGE_LENGTH_MAX;

export interface AuditInput {
  /** A proof file or a range bundle. */
  readonly file: Uint8Array;
  /** The network's genesis file. */
  readonly genesis: Uint8Array;
}

/**
 * Checks a proof file or range bundle with the genesis alone. Never throws for what stands in the files.
 * @example
 * const verdict = judge({ file: await readFile('reading.tlog-proof'), genesis: await readFile('genesis.json') }, nobleCrypto);
 * console.log(reportOf(verdict).headline);
 */
export function judge({ file, genesis }: AuditInput, crypto: Crypto): Verdict {
  const trusted = trust(genesis, crypto);
  return trusted.ok ? judgeUnder(trusted.value, file, crypto) : trusted.reason;
}

/** A genesis file for many files of its network: its keys take longer to check than a proof. Or the bad verdict. */
export function trust(genesis: Uint8Array, crypto: Crypto): Result<Genesis, Verdict> {
  const text = decode(genesis);
  if (text === null) return fail(notText('genesis', 'genesis file'));
  const read = readGenesisFile(text, crypto);
  return read.ok ? read : fail({ ok: false, kind: null, checks: [], failed: read.reason });
}

/** `judge` with a genesis that was read before. */
export function judgeUnder(genesis: Genesis, file: Uint8Array, crypto: Crypto): Verdict {
  const text = decode(file);
  return text === null ? notText('file-form', 'proof file') : verifyFileUnder(text, genesis, crypto);
}

function decode(bytes: Uint8Array): string | null {
  if (bytes.length > FILE_BYTES_MAX) return null;
  try {
    // A byte order mark stays: it is one more sign than was written.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // TextDecoder throws for nothing but bytes that are no UTF-8.
    return null;
  }
}

function notText(check: 'genesis' | 'file-form', field: string): Verdict {
  const reason = {
    code: 'malformed',
    field,
    found: 'other bytes',
    allowed: `UTF-8 text of at most ${FILE_BYTES_MAX} bytes`,
  };
  return { ok: false, kind: null, checks: [], failed: { check, reason, line: null } };
}
