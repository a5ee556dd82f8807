/** What execution says of a final transaction (PROTOCOL 7). */

/** Every outcome, `accepted` first. Its place here is its byte in log leaves and in stores: only ever append. */
export const OUTCOME_CODES = [
  'accepted',
  'unknown-device',
  'revoked',
  'quarantined',
  'sequence-too-old',
  'sequence-used',
  'not-authorised',
  'malformed-payload',
] as const;
export type OutcomeCode = (typeof OUTCOME_CODES)[number];
export type RejectionCode = Exclude<OutcomeCode, 'accepted'>;

/** Every final transaction gets one and stays in the log either way. */
export type Outcome = { readonly status: 'accepted' } | { readonly status: 'rejected'; readonly code: RejectionCode };
