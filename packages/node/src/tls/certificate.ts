/**
 * Certificates for the TLS of a network's own nodes (X.509 v3, RFC 5280): one authority, and one certificate a node
 * signed by it. ECDSA over P-256, which everything that speaks TLS 1.3 has. Certificates of a public or a company's own
 * authority do as well: the configuration names files, whoever made them.
 */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { isIP } from 'node:net';
import * as der from './der.js';

const OID = {
  commonName: '2.5.4.3',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuthentication: '1.3.6.1.5.5.7.3.1',
} as const;

const VERSION_3 = Uint8Array.of(2);
/** Bits of the key usage, from the most significant: signing anything; certificates and their revocation. */
const SIGNS_ANYTHING = { bits: Uint8Array.of(0b1000_0000), unused: 7 };
const SIGNS_CERTIFICATES = { bits: Uint8Array.of(0b0000_0110), unused: 1 };
const SERIAL_BYTES = 16;
/** Names of a subject (RFC 5280 section 4.2.1.6). */
const DNS_NAME = 2;
const IP_ADDRESS = 7;

/** A certificate and its secret key, in PEM. */
export interface CertifiedKey {
  readonly certificate: string;
  readonly key: string;
}

export interface Validity {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Fresh random bytes of this length, fit for keys. */
export type Random = (length: number) => Uint8Array;

/** Signs the certificates of one network, and nothing else. */
export class CertificateAuthority {
  /** To be kept: whoever has the key can be any node towards those who trust the certificate. */
  readonly own: CertifiedKey;
  readonly #name: string;
  readonly #validity: Validity;
  readonly #random: Random;
  readonly #secret: KeyObject;
  readonly #keyId: Buffer;

  /** @param name for people who look at the certificate. */
  constructor(name: string, validity: Validity, random: Random) {
    const { publicKey, privateKey } = newKeyPair();
    this.#name = name;
    this.#validity = validity;
    this.#random = random;
    this.#secret = privateKey;
    this.#keyId = keyIdOf(publicKey);
    const certificate = this.#sign(name, publicKey, [
      // No authority below this one.
      extension(OID.basicConstraints, true, der.sequence(der.boolean(true), der.integer(Uint8Array.of(0)))),
      extension(OID.keyUsage, true, der.bitString(SIGNS_CERTIFICATES.bits, SIGNS_CERTIFICATES.unused)),
      extension(OID.subjectKeyIdentifier, false, der.octetString(this.#keyId)),
    ]);
    this.own = { certificate, key: pemOfKey(privateKey) };
  }

  /** A certificate for a server that is reached under these host names and addresses. */
  issue(name: string, hosts: readonly string[]): CertifiedKey {
    const { publicKey, privateKey } = newKeyPair();
    const certificate = this.#sign(name, publicKey, [
      extension(OID.basicConstraints, true, der.sequence()),
      extension(OID.keyUsage, true, der.bitString(SIGNS_ANYTHING.bits, SIGNS_ANYTHING.unused)),
      extension(OID.extendedKeyUsage, false, der.sequence(der.objectIdentifier(OID.serverAuthentication))),
      extension(OID.subjectAltName, false, der.sequence(...hosts.map(hostName))),
      extension(OID.subjectKeyIdentifier, false, der.octetString(keyIdOf(publicKey))),
      extension(OID.authorityKeyIdentifier, false, der.sequence(der.plainField(0, this.#keyId))),
    ]);
    return { certificate, key: pemOfKey(privateKey) };
  }

  #sign(subject: string, publicKey: KeyObject, extensions: readonly Uint8Array[]): string {
    const algorithm = der.sequence(der.objectIdentifier(OID.ecdsaWithSha256));
    const body = der.sequence(
      der.field(0, der.integer(VERSION_3)),
      der.integer(this.#random(SERIAL_BYTES)),
      algorithm,
      distinguishedName(this.#name),
      der.sequence(der.time(this.#validity.fromMs), der.time(this.#validity.toMs)),
      distinguishedName(subject),
      publicKeyInfo(publicKey),
      der.field(3, der.sequence(...extensions)),
    );
    const signature = sign('sha256', body, this.#secret);
    return pem('CERTIFICATE', der.sequence(body, algorithm, der.bitString(signature)));
  }
}

function newKeyPair(): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function publicKeyInfo(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' });
}

function keyIdOf(key: KeyObject): Buffer {
  return createHash('sha256').update(publicKeyInfo(key)).digest().subarray(0, 20);
}

function distinguishedName(name: string): Buffer {
  return der.sequence(der.set(der.sequence(der.objectIdentifier(OID.commonName), der.utf8String(name))));
}

function extension(oid: string, isCritical: boolean, value: Uint8Array): Buffer {
  const id = der.objectIdentifier(oid);
  const content = der.octetString(value);
  return isCritical ? der.sequence(id, der.boolean(true), content) : der.sequence(id, content);
}

function hostName(host: string): Buffer {
  const version = isIP(host);
  if (version === 0) return der.plainField(DNS_NAME, Buffer.from(host, 'ascii'));
  return der.plainField(IP_ADDRESS, version === 4 ? Buffer.from(host.split('.').map(Number)) : ipv6Bytes(host));
}

function ipv6Bytes(address: string): Buffer {
  // A URL writes any spelling in one form, without dots: `::ffff:1.2.3.4` too.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groupsOf = (text: string | undefined) => (text === undefined || text === '' ? [] : text.split(':'));
  const [before, after] = [groupsOf(head), groupsOf(tail)];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return Buffer.from([...before, ...zeros, ...after].map((group) => group.padStart(4, '0')).join(''), 'hex');
}

function pemOfKey(key: KeyObject): string {
  return pem('PRIVATE KEY', key.export({ type: 'pkcs8', format: 'der' }));
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
