/** What execution says of a final transaction (PROTOCOL 7). */
export type RejectionCode =
  | 'unknown-device'
  | 'revoked'
  | 'quarantined'
  | 'sequence-too-old'
  | 'sequence-used'
  | 'not-authorised'
  | 'malformed-payload';

/** Every final transaction gets one and stays in the log either way. */
export type Outcome = { readonly status: 'accepted' } | { readonly status: 'rejected'; readonly code: RejectionCode };
