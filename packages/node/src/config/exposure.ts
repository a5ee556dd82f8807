/**
 * What a configuration has to say before its node listens beyond this machine: who may use the API, and that neither
 * port is plain text by oversight. On loopback nothing of it is asked for.
 */
import type { ConfigProblem } from './errors.js';
import type { ConfigDocument } from './schema.js';
import { BlockList, isIP } from 'node:net';
import { excerptOf } from './errors.js';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** `localhost` is taken at its word (RFC 6761 section 6.3); any other name could be anywhere. */
export function isLoopback(host: string): boolean {
  const version = isIP(host);
  return version === 0 ? host === 'localhost' : loopback.check(host, version === 4 ? 'ipv4' : 'ipv6');
}

/** Why this configuration may not listen where it says; empty where it may. */
export function exposureProblems({ api, peers }: ConfigDocument): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (!isLoopback(api.host)) {
    if (api.tokensFile === undefined) {
      problems.push(problem('api.host', api.host, 'with api.tokensFile, so that not everybody may write'));
    }
    if (api.tls === undefined && !api.plaintext) {
      const why = 'with api.tls, or with api.plaintext true where something in front of the node ends TLS';
      problems.push(problem('api.host', api.host, why));
    }
  }
  if (peers.port !== undefined && !isLoopback(peers.host) && peers.tls === undefined && !peers.plaintext) {
    const why = 'with peers.tls, or with peers.plaintext true where the way to all peers is a private one';
    problems.push(problem('peers.host', peers.host, why));
  }
  return problems;
}

function problem(path: string, host: string, why: string): ConfigProblem {
  return { path, found: excerptOf(host), allowed: `127.0.0.0/8, ::1 or localhost; another one ${why}` };
}
