/** What the machine can do to the transport: an Error with a stable code. */
export type TransportErrorCode =
  /** Another process listens on the port. */
  | 'port-in-use'
  /** This process may not listen on the port. */
  | 'port-not-permitted'
  /** The machine has no such address. */
  | 'address-not-available'
  /** Anything else the system says; see `cause`. */
  | 'listen-failed';

export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly code: TransportErrorCode;

  constructor(code: TransportErrorCode, message: string, cause: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** The error of a failed `listen`, naming host, port and the field of the configuration they come from. */
export function listenError(cause: Error, host: string, port: number): TransportError {
  const system = 'code' in cause ? cause.code : undefined;
  const where = `${host}:${port} (config field peers)`;
  switch (system) {
    case 'EADDRINUSE':
      return new TransportError(
        'port-in-use',
        `port-in-use: another process listens on ${where}; stop it or choose another peers.port`,
        cause,
      );
    case 'EACCES':
      return new TransportError('port-not-permitted', `port-not-permitted: may not listen on ${where}`, cause);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new TransportError(
        'address-not-available',
        `address-not-available: this machine has no address for ${where}`,
        cause,
      );
    default:
      return new TransportError('listen-failed', `listen-failed: cannot listen on ${where}: ${cause.message}`, cause);
  }
}
