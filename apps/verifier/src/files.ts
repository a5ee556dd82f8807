/** Files that a person drops or picks, sorted into what this page works with. */
import { FILE_BYTES_MAX } from '@tangle/audit';

export interface PickedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface Picked {
  readonly proof: PickedFile | null;
  readonly genesis: PickedFile | null;
}

const OPENING_BRACE = 0x7b;
const WHITE_SPACE: readonly number[] = [0x20, 0x09, 0x0a, 0x0d];

/** Of several files the last proof and the last genesis. Throws RangeError for one that is neither by its size. */
export async function sortFiles(files: Iterable<File>): Promise<Picked> {
  let proof: PickedFile | null = null;
  let genesis: PickedFile | null = null;
  for (const file of files) {
    const picked = await readFile(file);
    if (looksLikeJson(picked.bytes)) genesis = picked;
    else proof = picked;
  }
  return { proof, genesis };
}

/** Throws RangeError where the file is larger than anything this page reads. */
export async function readFile(file: File): Promise<PickedFile> {
  if (file.size > FILE_BYTES_MAX) {
    throw new RangeError(`${file.name} has ${file.size} bytes; a proof or genesis has at most ${FILE_BYTES_MAX}`);
  }
  return { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) };
}

/** Whether the first sign that is no white space opens an object: a proof never begins so. */
function looksLikeJson(bytes: Uint8Array): boolean {
  return bytes.find((byte) => !WHITE_SPACE.includes(byte)) === OPENING_BRACE;
}
