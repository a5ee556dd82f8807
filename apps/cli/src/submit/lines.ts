/** A byte stream as lines with their numbers, whatever chunks it comes in, never holding more than one line and a chunk. */

/** Bytes of one line, more than any transaction carries. */
export const LINE_BYTES_MAX = 1_048_576;

export type Line =
  | { readonly number: number; readonly text: string }
  | { readonly number: number; readonly text: null; readonly problem: 'line-too-long' | 'not-utf-8' };

const NEWLINE = 0x0a;

/** Lines from number 1, without their ends; a byte order mark is taken off. An empty rest after the last end is no line. */
export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Line, void, undefined> {
  let number = 0;
  let parts: Uint8Array[] = [];
  let length = 0;
  const finish = (): Line => {
    number += 1;
    const isTooLong = length > LINE_BYTES_MAX;
    const line: Line = isTooLong
      ? { number, text: null, problem: 'line-too-long' }
      : decode(Buffer.concat(parts), number);
    parts = [];
    length = 0;
    return line;
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      keep(chunk.subarray(start, end));
      yield finish();
      start = end + 1;
    }
    keep(chunk.subarray(start));
  }
  if (length > 0) yield finish();

  function keep(part: Uint8Array): void {
    length += part.length;
    if (length <= LINE_BYTES_MAX) parts.push(part);
    else parts = [];
  }
}

function decode(bytes: Uint8Array, number: number): Line {
  try {
    // Fatal: a wrong encoding is said, not signed. Ignores a byte order mark, which only the first line may have.
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: number !== 1 }).decode(bytes);
    return { number, text: text.endsWith('\r') ? text.slice(0, -1) : text };
  } catch (error) {
    if (error instanceof TypeError) return { number, text: null, problem: 'not-utf-8' };
    throw error;
  }
}
