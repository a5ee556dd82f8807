/** A validator whose statements are honest, and whose cosignatures are not. */
import { checkpointTextOf, cosign, networkKeys, type Cosignature } from '@tangle/core/log';
import type { Digest } from '@tangle/core/ids';
import { encodeMessage } from '@tangle/node/replica';
import type { Random } from '../prng.js';
import type { AdversaryMeans, Strategy } from './adversary.js';
import { open } from './frames.js';

/** Another root, another size, or a signature that does not verify. */
function falsify(honest: Cosignature, means: AdversaryMeans): Cosignature {
  const { random, cosigner, clock, genesis, crypto, index } = means;
  const lie = random.pick(['root', 'size', 'signature'] as const);
  if (lie === 'signature') return { ...honest, signature: flipped(honest.signature, random) };
  const size = lie === 'size' ? honest.size + random.integer(1, 100) : honest.size;
  const head = { size, root: turned(honest.root) };
  const seconds = BigInt(Math.floor(clock.wallMs() / 1_000));
  const text = checkpointTextOf(head, networkKeys(genesis, crypto).origin);
  return { ...head, validator: index, signature: cosign(text, seconds, cosigner) };
}

function flipped(signature: Uint8Array, random: Random): Uint8Array {
  const bytes = Uint8Array.from(signature);
  const at = random.integer(0, bytes.length - 1);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes;
}

function turned(root: Digest): Digest {
  return `${root.slice(32)}${root.slice(0, 32)}` as Digest;
}

export const falseRoots: Strategy = {
  name: 'false-roots',
  about: 'cosigns other roots and sizes of the log, besides or in place of the right ones',
  signs: 'replica',
  create: (means) => ({
    outgoing: (peer, bytes) => {
      const message = open(bytes);
      const own = message?.kind === 'vertices' ? message.cosignatures : [];
      const lies = own
        .filter(({ validator }) => validator === means.index && means.random.chance(0.5))
        .map((cosignature) => falsify(cosignature, means));
      if (lies.length > 0) means.send(peer, encodeMessage({ kind: 'vertices', vertices: [], cosignatures: lies }));
      return (lies.length > 0 && means.random.chance(0.5)) || means.send(peer, bytes);
    },
  }),
};
