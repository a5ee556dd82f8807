/** A certificate and its key as the configuration names them, checked before anything listens with them. */
import type { SecureVersion } from 'node:tls';
import type { CertifiedKey } from './certificate.js';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { ConfigError, messageOf } from '../config/errors.js';

/** A server that offers and takes nothing older (RFC 8446): its exporter is what a handshake can be bound to. */
export const TLS_VERSION: SecureVersion = 'TLSv1.3';
const OTHERS = 0o077;

export interface TlsFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** What a TLS server is made with. */
export interface TlsIdentity extends CertifiedKey {
  /** From then on no client takes the certificate. */
  readonly expiresAtMs: number;
}

/** Rejects with a ConfigError: `certificate-invalid` or `key-file-too-open`. */
export async function readTlsIdentity({ certificateFile, keyFile }: TlsFiles): Promise<TlsIdentity> {
  const [certificate, key] = [await read(certificateFile, false), await read(keyFile, true)];
  try {
    // The first of a chain is the server's own.
    const own = new X509Certificate(certificate);
    if (own.checkPrivateKey(createPrivateKey(key))) {
      return { certificate, key, expiresAtMs: Date.parse(own.validTo) };
    }
  } catch (error) {
    const message = `${certificateFile} or ${keyFile}: ${messageOf(error)}`;
    throw new ConfigError('certificate-invalid', message, [], error);
  }
  throw new ConfigError('certificate-invalid', `${keyFile} is not the key of ${certificateFile}`, []);
}

async function read(file: string, isSecret: boolean): Promise<string> {
  const handle = await open(file, constants.O_RDONLY).catch((error: unknown) => {
    throw new ConfigError('certificate-invalid', `${file} cannot be read: ${messageOf(error)}`, [], error);
  });
  try {
    const { mode } = await handle.stat();
    if (isSecret && (mode & OTHERS) !== 0) {
      const found = `mode ${(mode & 0o777).toString(8).padStart(4, '0')}`;
      throw new ConfigError('key-file-too-open', file, [
        { path: '', found, allowed: `0600 or less: chmod 600 ${file}` },
      ]);
    }
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}
