/** A headless Chromium of the machine, and the page in it as its users open it: from a disk. */
import type { Browser, ConsoleMessage, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { PAGE_URL } from '../../src/index.js';

/** Debian's; another one by the environment. */
const EXECUTABLE = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Headless, with a new profile that goes with it. */
export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: EXECUTABLE, args: ARGUMENTS });
}

export interface DroppedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What the page shows once a check is through. */
export interface Shown {
  readonly verdict: string;
  readonly text: string;
  readonly checks: readonly { readonly name: string; readonly status: string }[];
  /** As the page measured it. */
  readonly milliseconds: number;
}

export class VerifierPage {
  readonly page: Page;
  /** Addresses the page asked for, its own left out. */
  readonly requests: string[] = [];
  /** Errors of the page's script, and what the browser warned of. */
  readonly complaints: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.on('request', (request) => {
      if (request.url() !== PAGE_URL.href) this.requests.push(request.url());
    });
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message: ConsoleMessage) => this.complaints.push(message.text()));
  }

  static async open(browser: Browser, colorScheme: 'light' | 'dark' = 'light'): Promise<VerifierPage> {
    const opened = new VerifierPage(await browser.newPage({ colorScheme }));
    await opened.page.goto(PAGE_URL.href);
    return opened;
  }

  /** Drops files anywhere on the page, all at once. */
  async drop(...files: readonly DroppedFile[]): Promise<void> {
    const plain = files.map(({ name, bytes }) => ({ name, base64: Buffer.from(bytes).toString('base64') }));
    await this.page.evaluate((given) => {
      const dataTransfer = new DataTransfer();
      for (const { name, base64 } of given) {
        dataTransfer.items.add(new File([Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0))], name));
      }
      delete document.getElementById('report')?.dataset['milliseconds'];
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
    }, plain);
  }

  /** Waits for the report of what was dropped last. */
  async shown(): Promise<Shown> {
    await this.page.waitForSelector('#report[data-milliseconds]:not([hidden])');
    return this.page.evaluate(() => ({
      verdict: document.querySelector<HTMLElement>('#report .verdict')?.dataset['verdict'] ?? '',
      text: document.getElementById('report')?.innerText ?? '',
      checks: Array.from(document.querySelectorAll<HTMLElement>('#report li[data-check]'), (item) => ({
        name: item.dataset['check'] ?? '',
        status: item.className,
      })),
      milliseconds: Number(document.getElementById('report')?.dataset['milliseconds']),
    }));
  }

  close(): Promise<void> {
    return this.page.close();
  }
}
