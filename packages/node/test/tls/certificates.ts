/** Certificates for tests, valid now and on loopback. */
import { randomBytes } from 'node:crypto';
import { CertificateAuthority, type CertifiedKey } from '../../src/tls/index.js';

const DAY_MS = 86_400_000;

export function testAuthority(name = 'test'): CertificateAuthority {
  const validity = { fromMs: Date.now() - DAY_MS, toMs: Date.now() + DAY_MS };
  return new CertificateAuthority(name, validity, (length) => new Uint8Array(randomBytes(length)));
}

export function loopbackCertificate(authority = testAuthority()): CertifiedKey {
  return authority.issue('node', ['localhost', '127.0.0.1', '::1']);
}
