/** The genesis: the agreed start of a network, a JSON file whose RFC 8785 form is hashed (PROTOCOL 2). */
import type { Crypto } from '../crypto/crypto.js';
import type { DeviceId, Digest, NetworkId, TransactionId, UnixMs } from '../ids.js';
import type { Result } from '../result.js';
import type { Validator } from './committee.js';
import type { GenesisDocument, GenesisReason, ValidatorDocument } from './genesis-document.js';
import { fromHex, toHex } from '../codec/hex.js';
import { taggedHashHex } from '../crypto/hash.js';
import { checkKey } from '../crypto/noble.js';
import { NETWORK_BYTES } from '../ids.js';
import { fail, ok } from '../result.js';
import { canonicalJson } from './canonical-json.js';
import { Committee } from './committee.js';
import { parseDeviceId } from './did-key.js';
import { checkGenesisDocument, GENESIS_VERSION, TOTAL_WEIGHT_MAX } from './genesis-document.js';

/** What validity and execution read; never a node's own setting. */
export interface GenesisParameters {
  /** Start of the network, time_0 of the commit clock. */
  readonly time: UnixMs;
  /** Tips a statement may cite, 1 to 1,024. */
  readonly maxTips: number;
  /** Payload bytes a transaction may carry, 1 to 64,000 (an entry must fit a tile). Default 32,768. */
  readonly maxPayload: number;
  /** The state digest stands in the record of every n-th appending commit. Default 256. */
  readonly snapshotInterval: number;
  /** An epoch also ends at the first commit of a leader's round >= this; 0 = never, the only value for now. */
  readonly epochRounds: number;
}

export interface Genesis {
  /** The network's name: letters, digits, `-` and `.`. */
  readonly name: string;
  readonly hash: Digest;
  /** First 8 bytes of the hash. */
  readonly network: NetworkId;
  /** The genesis hash as a transaction id: final from the start, in no commit, leaf or tips. */
  readonly transactionId: TransactionId;
  readonly committee: Committee;
  readonly administrators: readonly DeviceId[];
  readonly parameters: GenesisParameters;
}

/** What `createGenesis` needs; keys are raw public keys of 32 bytes. */
export interface GenesisDraft {
  readonly name: string;
  /** In the order that gives them their index. */
  readonly validators: readonly Omit<Validator, 'index'>[];
  /** At least one. */
  readonly administrators: readonly DeviceId[];
  /** `time` must be given; the rest has GENESIS_PARAMETER_DEFAULTS. */
  readonly parameters: Partial<GenesisParameters> & Pick<GenesisParameters, 'time'>;
}

export const GENESIS_PARAMETER_DEFAULTS: Omit<GenesisParameters, 'time'> = {
  maxTips: 1_024,
  maxPayload: 32_768,
  snapshotInterval: 256,
  epochRounds: 0,
};

/** The three keys of a validator, each for one purpose. */
const KEY_FIELDS = ['statementKey', 'cosignerKey', 'logKey'] as const satisfies readonly (keyof ValidatorDocument)[];

/**
 * A genesis file, already parsed as JSON, to a genesis; the first thing wrong with it is the reason. Every key is put
 * through rule R2 (PROTOCOL 8): about a millisecond each in plain JavaScript.
 */
export function parseGenesis(json: unknown, crypto: Crypto): Result<Genesis, GenesisReason> {
  const checked = checkGenesisDocument(json);
  if (!checked.ok) return checked;
  const document = checked.value;
  const refusal = refuseTogether(document) ?? refuseKeys(document, crypto);
  if (refusal !== null) return fail(refusal);
  const canonical = canonicalJson(document);
  if (!canonical.ok) return canonical;
  // Names and keys were checked to be ASCII: a character is a byte.
  const bytes = Uint8Array.from(canonical.value, (character) => character.charCodeAt(0));
  const hash = taggedHashHex(crypto, 'genesis', bytes);
  return ok({
    name: document.name,
    hash,
    network: hash.slice(0, NETWORK_BYTES * 2) as NetworkId,
    // The genesis transaction stands for the genesis in the tangle: its id is the genesis hash (PROTOCOL 2).
    transactionId: hash as string as TransactionId,
    committee: new Committee(document.validators.map(validatorOf)),
    administrators: document.administrators as readonly DeviceId[],
    parameters: document.parameters,
  });
}

/** Makes a genesis from its parts, under the same rules as a file. */
export function createGenesis(draft: GenesisDraft, crypto: Crypto): Result<Genesis, GenesisReason> {
  const document: GenesisDocument = {
    version: GENESIS_VERSION,
    name: draft.name,
    validators: draft.validators.map(documentOf),
    administrators: draft.administrators,
    parameters: { ...GENESIS_PARAMETER_DEFAULTS, ...draft.parameters },
  };
  return parseGenesis(document, crypto);
}

/** The JSON value of a genesis file; however it is spaced, it hashes to `genesis.hash`. */
export function genesisToJson(genesis: Genesis): GenesisDocument {
  const { time, maxTips, maxPayload, snapshotInterval, epochRounds } = genesis.parameters;
  return {
    version: GENESIS_VERSION,
    name: genesis.name,
    validators: genesis.committee.validators.map(documentOf),
    administrators: genesis.administrators,
    parameters: { time, maxTips, maxPayload, snapshotInterval, epochRounds },
  };
}

function validatorOf(document: ValidatorDocument, index: number): Validator {
  return {
    index,
    name: document.name,
    weight: document.weight,
    statementKey: fromHex(document.statementKey),
    cosignerKey: fromHex(document.cosignerKey),
    logKey: fromHex(document.logKey),
  };
}

function documentOf(validator: Omit<Validator, 'index'>): ValidatorDocument {
  return {
    name: validator.name,
    weight: validator.weight,
    statementKey: toHex(validator.statementKey),
    cosignerKey: toHex(validator.cosignerKey),
    logKey: toHex(validator.logKey),
  };
}

/** Distinct names, and a total weight within its bound. Cheap, so before the keys. */
function refuseTogether(document: GenesisDocument): GenesisReason | null {
  const names = new Set<string>();
  let totalWeight = 0;
  for (const [index, validator] of document.validators.entries()) {
    if (names.has(validator.name)) {
      const field = `validators[${index}].name`;
      return { code: 'duplicate', field, found: validator.name, allowed: 'a name of its own' };
    }
    names.add(validator.name);
    totalWeight += validator.weight;
  }
  if (totalWeight <= TOTAL_WEIGHT_MAX) return null;
  return {
    code: 'out-of-range',
    field: 'validators',
    found: `weight ${totalWeight}`,
    allowed: `1 to ${TOTAL_WEIGHT_MAX}`,
  };
}

/**
 * Every key admissible, and no key twice, across purposes and across validators and administrators: a signature made
 * for one purpose must never count for another.
 */
function refuseKeys(document: GenesisDocument, crypto: Crypto): GenesisReason | null {
  const fieldOfKey = new Map<string, string>();
  const refuseKey = (key: Uint8Array, field: string): GenesisReason | null => {
    const hex = toHex(key);
    const first = fieldOfKey.get(hex);
    if (first !== undefined) {
      return { code: 'duplicate', field, found: `the key of ${first}`, allowed: 'a key of its own' };
    }
    fieldOfKey.set(hex, field);
    const admissible = checkKey(key, crypto, field);
    return admissible.ok ? null : admissible.reason;
  };
  for (const [index, validator] of document.validators.entries()) {
    for (const name of KEY_FIELDS) {
      const refusal = refuseKey(fromHex(validator[name]), `validators[${index}].${name}`);
      if (refusal !== null) return refusal;
    }
  }
  for (const [index, text] of document.administrators.entries()) {
    const field = `administrators[${index}]`;
    const device = parseDeviceId(text, field);
    const refusal = device.ok ? refuseKey(device.value.key, field) : device.reason;
    if (refusal !== null) return refusal;
  }
  return null;
}
