/** A proof of one leaf in words: a transaction and its readings, one reading of a batch, or the record of a commit. */
import type { VerifiedProof } from '@tangle/core/proof';
import { PAYLOAD_TYPE } from '@tangle/core/model';
import { unpackReadings } from '@tangle/telemetry';
import type { AuditFact, AuditReport, AuditTable } from './report.js';
import { counted, deviceText, outcomeText, secondsText, timeText } from './words.js';

type Words = Pick<AuditReport, 'headline' | 'explanation' | 'facts' | 'table' | 'limits'>;
type Entry = Extract<VerifiedProof['leaf'], { kind: 'entry' }>;

const PAYLOAD_NAMES: Readonly<Record<number, string>> = {
  [PAYLOAD_TYPE.telemetry]: 'telemetry',
  [PAYLOAD_TYPE.anchor]: 'the root of a batch kept off the ledger',
  [PAYLOAD_TYPE.registry]: 'a change of the registry',
  [PAYLOAD_TYPE.opaque]: 'data of the device’s own form',
};

const NOT_THE_TRUTH =
  'That the sensor measured rightly: it is proven what the device signed, not what was the case around it.';
const DEVICE_CLOCK = 'That the device’s clock was right: source times and the transaction time are its own claim.';
const GENESIS_IS_GIVEN =
  'That this is the network you mean: compare the genesis hash with one that you have from elsewhere.';

export function proofWords(proof: VerifiedProof, network: string): Words {
  const { leaf } = proof;
  return leaf.kind === 'entry' ? entryWords(proof, leaf, network) : recordWords(proof, network);
}

/** Who cosigned, for a proof or a range. */
export function cosignersText({
  cosigners,
  weight,
  quorum,
}: Pick<VerifiedProof, 'cosigners' | 'weight' | 'quorum'>): string {
  const names = cosigners.map(({ name }) => name).join(', ');
  return `${counted(cosigners.length, 'validator')} (${names}) signed for it, of weight ${weight} where ${quorum} is a quorum`;
}

/** What of the signature lines was passed over. */
export function unknownText({ unknownSignatures }: Pick<VerifiedProof, 'unknownSignatures'>): string[] {
  if (unknownSignatures === 0) return [];
  return [`Who made ${counted(unknownSignatures, 'further signature')} in the file: the genesis names no such keys.`];
}

function entryWords(proof: VerifiedProof, leaf: Entry, network: string): Words {
  const { transaction, outcome } = leaf;
  const table = proof.reading === null ? readingsTable(leaf) : sampleTable(proof.reading);
  const facts: AuditFact[] = [
    fact('Device', deviceText(transaction), true),
    fact('Outcome', outcomeText(outcome)),
    fact('Carries', PAYLOAD_NAMES[transaction.payloadType] ?? `payload type ${transaction.payloadType}`),
    ...(proof.reading === null ? [] : [fact('Sample', sampleText(proof.reading))]),
    fact('Signed at', `${timeText(transaction.timestampMs)} (by the device’s clock)`),
    ...(proof.commitTimeMs === null
      ? []
      : [fact('Committed at', `${timeText(proof.commitTimeMs)} (agreed by the validators)`)]),
    fact('Existed no later than', `${secondsText(proof.time)} (by the validators’ clocks, to the second)`),
    fact('Place', `leaf ${proof.position} of the first ${proof.size}; number ${leaf.issuerIndex} of this device`),
    fact('Transaction', transaction.id, true),
    ...logFacts(proof, network),
  ];
  return {
    headline: headlineOf(proof, leaf, table),
    explanation: `${cosignersText(proof)}; it existed no later than ${secondsText(proof.time)}.`,
    facts,
    table,
    limits: [
      NOT_THE_TRUTH,
      DEVICE_CLOCK,
      ...(outcome.status === 'accepted'
        ? []
        : ['That it counts: the ledger kept the transaction and rejected what it says.']),
      ...(proof.reading === null
        ? []
        : ['Anything about the other samples of the batch: none of them is in the file.']),
      ...unknownText(proof),
      GENESIS_IS_GIVEN,
    ],
  };
}

function headlineOf({ reading }: VerifiedProof, { outcome, transaction }: Entry, table: AuditTable | null): string {
  const what =
    reading !== null
      ? `Sample ${reading.index} of a batch`
      : table === null
        ? 'A transaction'
        : counted(table.rows.length, 'reading');
  const stands = `${what} of device ${shortDevice(deviceText(transaction))} ${
    reading === null && table !== null && table.rows.length !== 1 ? 'stand' : 'stands'
  } in the ledger`;
  return outcome.status === 'accepted' ? `Proven. ${stands}.` : `Proven, and rejected. ${stands}: ${outcome.code}.`;
}

function recordWords(proof: VerifiedProof, network: string): Words {
  const { leaf } = proof;
  const record = leaf.kind === 'commit-record' ? leaf : null;
  const facts =
    record === null
      ? []
      : [
          fact('Commit', `${record.commitIndex}, with ${counted(record.count, 'transaction')}`),
          fact('Committed at', `${timeText(record.timeMs)} (agreed by the validators)`),
          fact('Existed no later than', `${secondsText(proof.time)} (by the validators’ clocks, to the second)`),
          fact('Digest of the order', record.digest, true),
          ...logFacts(proof, network),
        ];
  return {
    headline: `Proven. The record of commit ${record?.commitIndex ?? ''} stands in the ledger.`,
    explanation: `${cosignersText(proof)}; it existed no later than ${secondsText(proof.time)}.`,
    facts,
    table: null,
    limits: [...unknownText(proof), GENESIS_IS_GIVEN],
  };
}

function logFacts({ root }: VerifiedProof, network: string): AuditFact[] {
  return [fact('Root of the log', root, true), fact('Network', network, true)];
}

/** Null where the payload is no telemetry. */
function readingsTable({ transaction }: Entry): AuditTable | null {
  if (transaction.payloadType !== PAYLOAD_TYPE.telemetry) return null;
  const unpacked = unpackReadings(transaction.payload, { referenceTimeMs: transaction.timestampMs });
  if (!unpacked.ok) return null;
  return {
    title: 'Readings',
    columns: ['Reading', 'Value', 'Unit', 'Source time'],
    rows: unpacked.value.map(({ name, value, unit, timeMs }) => [
      name,
      value instanceof Uint8Array ? counted(value.length, 'byte') : String(value),
      unit ?? '',
      timeText(timeMs),
    ]),
  };
}

function sampleTable({ index, timeMs, values }: NonNullable<VerifiedProof['reading']>): AuditTable {
  return {
    title: `Sample ${index}`,
    columns: ['Channel', 'Value', 'Unit', 'Source time'],
    rows: values.map(({ name, value, unit }) => [
      name,
      value === null ? 'none' : String(value),
      unit,
      timeText(timeMs),
    ]),
  };
}

function sampleText({ index, count, stream }: NonNullable<VerifiedProof['reading']>): string {
  return `number ${index} (from 0) of ${count}${stream === '' ? '' : `, stream ${stream}`}`;
}

export function shortDevice(device: string): string {
  return `…${device.slice(-8)}`;
}

export function fact(label: string, value: string, isExact = false): AuditFact {
  return { label, value, isExact };
}
