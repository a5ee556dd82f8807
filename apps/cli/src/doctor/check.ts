/** One thing the doctor looked at. */
export interface Check {
  /** Stable name of what was checked: `reachable`, `key-files`, ... */
  readonly check: string;
  /** Node, file or directory it is about. */
  readonly subject: string;
  readonly status: 'ok' | 'warning' | 'failed';
  readonly found: string;
  /** What to do about it. */
  readonly advice?: string;
}

export function ok(check: string, subject: string, found: string): Check {
  return { check, subject, status: 'ok', found };
}

export function warning(check: string, subject: string, found: string, advice: string): Check {
  return { check, subject, status: 'warning', found, advice };
}

export function failed(check: string, subject: string, found: string, advice: string): Check {
  return { check, subject, status: 'failed', found, advice };
}
