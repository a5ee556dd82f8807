import { randomBytes, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CertificateAuthority } from '../../src/tls/index.js';
import { time } from '../../src/tls/der.js';

const random = (length: number) => new Uint8Array(randomBytes(length));
const validity = { fromMs: Date.UTC(2026, 0, 1), toMs: Date.UTC(2036, 0, 1) };
const HOSTS = ['localhost', 'node-0.plant.example', '127.0.0.1', '::1', '2001:db8::a:b', '::ffff:10.1.2.3'];

describe('a certificate', () => {
  const authority = new CertificateAuthority('tangle plant-7', validity, random);
  const root = new X509Certificate(authority.own.certificate);
  const leaf = new X509Certificate(authority.issue('node-0', HOSTS).certificate);

  it('is read by OpenSSL with every name, time and use that it was made for', () => {
    expect([root.subject, root.ca, root.keyUsage]).toEqual(['CN=tangle plant-7', true, undefined]);
    expect([leaf.subject, leaf.issuer, leaf.ca]).toEqual(['CN=node-0', 'CN=tangle plant-7', false]);
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect([Date.parse(leaf.validFrom), Date.parse(leaf.validTo)]).toEqual([validity.fromMs, validity.toMs]);
    expect(BigInt(`0x${leaf.serialNumber}`)).toBeGreaterThan(2n ** 64n);
    for (const host of HOSTS) {
      const matches = host.includes(':') || /^[0-9.]+$/.test(host) ? leaf.checkIP(host) : leaf.checkHost(host);
      expect([host, matches !== undefined]).toEqual([host, true]);
    }
    expect([leaf.checkHost('evil.example'), leaf.checkIP('127.0.0.2')]).toEqual([undefined, undefined]);
  });

  it('is signed by its authority, as that is by itself, and by no other of the same name', () => {
    expect([root.verify(root.publicKey), leaf.verify(root.publicKey), leaf.checkIssued(root)]).toEqual([
      true,
      true,
      true,
    ]);
    const other = new X509Certificate(new CertificateAuthority('tangle plant-7', validity, random).own.certificate);
    expect([leaf.verify(other.publicKey), leaf.checkIssued(other)]).toEqual([false, false]);
  });

  it('writes a serial number that begins with zeros or a high bit as the positive number it is', () => {
    for (const first of [[0, 0, 1], [0xff], [0, 0x80], [0x7f]]) {
      const bytes = Uint8Array.from({ length: 16 }, (_, index) => first[index] ?? 7);
      const made = new CertificateAuthority('x', validity, () => bytes).own.certificate;
      expect(BigInt(`0x${new X509Certificate(made).serialNumber}`)).toBe(
        BigInt(`0x${Buffer.from(bytes).toString('hex')}`),
      );
    }
  });

  it('writes years before 2050 with two digits and later ones with four', () => {
    expect(
      time(Date.UTC(2049, 11, 31, 23, 59, 59))
        .subarray(2)
        .toString(),
    ).toBe('491231235959Z');
    expect(
      time(Date.UTC(2050, 0, 1))
        .subarray(2)
        .toString(),
    ).toBe('20500101000000Z');
  });
});
