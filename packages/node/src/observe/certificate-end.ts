/** When a certificate ends. */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** Unix ms at which the first certificate of a PEM file ends; NaN where that cannot be read. */
export async function certificateEnd(file: string): Promise<number> {
  try {
    return Date.parse(new X509Certificate(await readFile(file)).validTo);
  } catch {
    // A scrape has to tell the rest; the doctor says what is wrong with the file.
    return Number.NaN;
  }
}
