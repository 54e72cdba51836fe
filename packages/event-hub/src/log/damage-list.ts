import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomically } from '../atomic-file.js';
import { type Disk, readWhole } from './disk.js';

/** A sealed segment, or the one that is written to, of which something is not as it was written. */
export interface SegmentDamage {
  readonly number: number;
  /** Names file and position; no content. */
  readonly why: string;
}

const Kept = z.array(z.strictObject({ number: z.number().int().nonnegative(), why: z.string() }));

/**
 * What readers and the scrubber have found damaged. One entry for each segment, so it has a bound. Kept in a file, so
 * that every start tells of it again: the next pass of the scrubber may be a day away.
 */
export class DamageList {
  private readonly found = new Map<number, SegmentDamage>();
  private saving: Promise<void> = Promise.resolve();

  constructor(
    private readonly place: { readonly disk: Disk; readonly folder: string },
    private readonly onFound: (damage: SegmentDamage) => void,
  ) {}

  /** Tells of what was found before, as far as `is` says that it can still be so. */
  async load(is: (number: number) => boolean): Promise<void> {
    const text = (await readWhole(this.place.disk, this.path).catch(() => null))?.toString() ?? '[]';
    const kept = Kept.safeParse(jsonOr(text));
    // One that is damaged itself costs no more than time: what is wrong is found again.
    const all = kept.success ? kept.data : [];
    for (const damage of all) if (is(damage.number)) this.note(damage);
    if (this.found.size < all.length) this.save();
  }

  /** Tells of the first finding in a segment only. */
  add(number: number, why: string): void {
    if (this.found.has(number)) return;
    this.note({ number, why });
    this.save();
  }

  /** The segment was read whole and is all right, or it is gone. */
  clear(number: number): void {
    if (this.found.delete(number)) this.save();
  }

  all(): readonly SegmentDamage[] {
    return [...this.found.values()];
  }

  /** Resolves when what was found so far is in the file, or could not be written. */
  saved(): Promise<void> {
    return this.saving;
  }

  private note(damage: SegmentDamage): void {
    this.found.set(damage.number, damage);
    this.onFound(damage);
  }

  private save(): void {
    const write = (): Promise<void> => writeFileAtomically(this.path, `${JSON.stringify(this.all())}\n`, this.place.disk);
    this.saving = this.saving.then(write).catch(() => undefined);
  }

  private get path(): string {
    return join(this.place.folder, 'damaged.json');
  }
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
