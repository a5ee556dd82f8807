/**
 * Looks at a MessagePack envelope before it is decoded. Anything but one array of small integers and byte strings is
 * refused here: length bombs, nesting, maps and extension types never reach the decoder.
 */

/** Fields of one envelope at most: the smallest transaction is 191 bytes, so a frame holds no more than 343. */
const FIELDS_MAX = 512;

/** Null where the bytes are one complete envelope, else what is wrong in words. */
export function checkEnvelope(bytes: Uint8Array): string | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const first = bytes[0];
  if (first === undefined) return 'empty message';
  let fields: number;
  let offset: number;
  if (first >= 0x90 && first <= 0x9f) {
    fields = first - 0x90;
    offset = 1;
  } else if (first === 0xdc && bytes.length >= 3) {
    fields = view.getUint16(1);
    offset = 3;
  } else {
    return `a message is an array, found type byte ${first}`;
  }
  if (fields === 0 || fields > FIELDS_MAX) return `1 to ${FIELDS_MAX} fields are allowed, found ${fields}`;
  for (let field = 0; field < fields; field++) {
    const end = endOfField(bytes, view, offset);
    if (end === null) return `field ${field} is neither a small integer nor a byte string, or is cut off`;
    offset = end;
  }
  return offset === bytes.length ? null : `${bytes.length - offset} bytes after the last field`;
}

function endOfField(bytes: Uint8Array, view: DataView, offset: number): number | null {
  const type = bytes[offset];
  if (type === undefined) return null;
  if (type <= 0x7f) return offset + 1;
  let end: number;
  if (type === 0xc4 && offset + 2 <= bytes.length) end = offset + 2 + view.getUint8(offset + 1);
  else if (type === 0xc5 && offset + 3 <= bytes.length) end = offset + 3 + view.getUint16(offset + 1);
  else if (type === 0xc6 && offset + 5 <= bytes.length) end = offset + 5 + view.getUint32(offset + 1);
  else return null;
  return end <= bytes.length ? end : null;
}
