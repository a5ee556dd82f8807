/** Where the built page is. It is one file: copy it, mail it, open it from a disk. */

/** File URL of the page, for whoever hands it out. */
export const PAGE_URL = new URL('../dist/tangle-verifier.html', import.meta.url);
