/** TLS of the API and of the links between nodes: certificates of a network's own, and those of others from files. */
export { CertificateAuthority } from './certificate.js';
export type { CertifiedKey, Validity } from './certificate.js';
export { readTlsIdentity, TLS_VERSION } from './tls-files.js';
export type { TlsFiles, TlsIdentity } from './tls-files.js';
