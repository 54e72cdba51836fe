import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Shorter ones would be found by chance among encrypted bytes. */
const SHORTEST_BYTES = 7;

interface Form {
  readonly canary: string;
  readonly as: string;
  readonly needle: string;
}

export interface Hit {
  readonly place: string;
  readonly canary: string;
  /** How it was written there: `text`, `base64`, `hex` … */
  readonly as: string;
}

/** Where a canary must be, and why. One that nothing needs any more fails the search: a list of exceptions only grows otherwise. */
export interface Allowance {
  readonly place: RegExp;
  readonly canary: RegExp;
  readonly why: string;
}

/**
 * Texts and keys that stand nowhere else, and the search for them in whatever form somebody may have written them down.
 * Case does not matter where it does not change the meaning.
 */
export class Canaries {
  private readonly anyCase: Form[] = [];
  private readonly exact: Form[] = [];
  private readonly names = new Set<string>();

  get size(): number {
    return this.names.size;
  }

  /** @param name what it is, for messages and for the list of exceptions; the same name may have several values */
  add(name: string, value: string | Buffer): void {
    const bytes = Buffer.from(value);
    if (bytes.length < SHORTEST_BYTES) throw new Error(`the canary ${name} is too short to be looked for`);
    this.names.add(name);
    this.addForms(name, value);
    // What is compared without regard to case or composition may have been written down that way.
    if (typeof value === 'string') {
      for (const other of [value.toLowerCase(), value.toUpperCase(), value.normalize('NFD')]) this.addForms(name, other);
    }
  }

  private addForms(name: string, value: string | Buffer): void {
    const bytes = Buffer.from(value);
    const add = (forms: Form[], as: string, needle: string): void => {
      if (needle !== '' && !forms.some((form) => form.canary === name && form.needle === needle)) {
        forms.push({ canary: name, as, needle });
      }
    };
    add(typeof value === 'string' ? this.anyCase : this.exact, 'text', latin1(bytes, typeof value === 'string'));
    add(this.anyCase, 'hex', bytes.toString('hex'));
    add(this.anyCase, 'percent', [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''));
    for (const [i, text] of base64Forms(bytes).entries()) add(this.exact, `base64+${i % 3}`, text);
    if (typeof value !== 'string') return;
    const wide = Buffer.from(value, 'utf16le');
    add(this.anyCase, 'utf-16', latin1(wide, true));
    add(this.anyCase, 'utf-16-be', latin1(wide.swap16(), true));
    add(this.anyCase, 'url', latin1(Buffer.from(encodeURIComponent(value)), true));
    add(this.anyCase, 'form', latin1(Buffer.from(new URLSearchParams({ v: value }).toString().slice(2)), true));
    add(this.anyCase, 'json', latin1(Buffer.from(JSON.stringify(value).slice(1, -1)), true));
    add(this.anyCase, 'json-ascii', asciiJson(value).toLowerCase());
    if (/^[\0-\xff]*$/.test(value)) add(this.anyCase, 'latin-1', latin1(Buffer.from(value, 'latin1'), true));
    add(this.anyCase, 'quoted-printable', quotedPrintable(bytes).toLowerCase());
  }

  /** Each canary at most once per place: the first form in which it is there. */
  in(place: string, content: Buffer | string): Hit[] {
    const whole = (typeof content === 'string' ? Buffer.from(content) : content).toString('latin1');
    const lower = whole.toLowerCase();
    const hits = new Map<string, Hit>();
    const look = (forms: readonly Form[], text: string): void => {
      for (const { canary, as, needle } of forms) {
        if (!hits.has(canary) && text.includes(needle)) hits.set(canary, { place, canary, as });
      }
    };
    look(this.anyCase, lower);
    look(this.exact, whole);
    return [...hits.values()];
  }

  /** Every file below the folder, and the names of the files. A file that goes while it is looked for is gone. */
  inFolder(folder: string, label: string): Hit[] {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    return entries.flatMap((entry) => {
      const path = join(entry.parentPath, entry.name);
      const name = `${label}/${relative(folder, path)}`;
      const inName = this.in(`name of ${name}`, relative(folder, path));
      return entry.isFile() ? [...inName, ...this.in(name, written(path))] : inName;
    });
  }
}

/** Hits that nothing allows, as lines, and the allowances that nothing needed. */
export function judge(
  hits: readonly Hit[],
  allowances: readonly Allowance[],
): { readonly leaks: readonly string[]; readonly unused: readonly string[] } {
  const isMet = (hit: Hit, { place, canary }: Allowance): boolean => place.test(hit.place) && canary.test(hit.canary);
  const leaks = hits.filter((hit) => !allowances.some((each) => isMet(hit, each)));
  return {
    leaks: [...new Set(leaks.map(({ place, canary, as }) => `${canary} (${as}) in ${place}`))].sort(),
    unused: allowances.filter((each) => !hits.some((hit) => isMet(hit, each))).map(({ place, why }) => `${place}: ${why}`),
  };
}

/** Files are made long before they are full: what was never written is left out. */
function written(path: string): Buffer {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
  try {
    const bytes = Buffer.alloc(fstatSync(file).size);
    readSync(file, bytes, 0, bytes.length, 0);
    let end = bytes.length;
    while (end > 0 && bytes[end - 1] === 0) end--;
    return bytes.subarray(0, end);
  } finally {
    closeSync(file);
  }
}

/** JavaScript lowers no letter beyond ASCII in latin-1 bytes alike, so the needle goes the way of what is searched. */
function latin1(bytes: Buffer, isLowered: boolean): string {
  const text = bytes.toString('latin1');
  return isLowered ? text.toLowerCase() : text;
}

/** At each of the three alignments, without what its neighbours decide; in both alphabets. */
function base64Forms(bytes: Buffer): string[] {
  const standard = [0, 1, 2].map((shift) => {
    const shifted = Buffer.concat([Buffer.alloc(shift), bytes]);
    const text = shifted.subarray(0, shifted.length - (shifted.length % 3)).toString('base64');
    return text.slice(shift === 0 ? 0 : 4);
  });
  return [...standard, ...standard.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'))];
}

function asciiJson(text: string): string {
  return [...Array(text.length).keys()]
    .map((i) => text.charCodeAt(i))
    .map((code) => (code < 128 ? String.fromCharCode(code) : `\\u${code.toString(16).padStart(4, '0')}`))
    .join('');
}

function quotedPrintable(bytes: Buffer): string {
  return [...bytes]
    .map((byte) =>
      byte < 128 && byte !== 61 ? String.fromCharCode(byte) : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('');
}
