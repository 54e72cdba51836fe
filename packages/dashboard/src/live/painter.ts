import type { Now } from '../model/server-clock.js';

/** How often ages, clocks and countdowns are painted. Often enough that a second is never skipped. */
const PAINT_EVERY_MS = 250;

/** Null while the picture is not live. */
export type Paint = (now: Now | null) => void;

/**
 * Writes what changes by the second straight into the page, past React: numbers, ages, countdowns. A paint function
 * compares before it writes, so a quiet second costs no layout.
 */
export class Painter {
  private readonly paints = new Set<Paint>();
  private readonly measures = new Set<() => void>();
  private timer: ReturnType<typeof setInterval> | undefined;
  private frame = 0;

  constructor(
    private readonly now: () => Now | null,
    private readonly beforeEach: () => void,
    /** Everything was painted. Not called when a paint function has failed. */
    private readonly afterEach: () => void = () => undefined,
  ) {}

  start(): void {
    this.timer ??= setInterval(() => this.paint(), PAINT_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }

  /** Paints once now and then with all others. Returns how to stop. */
  add(paint: Paint): () => void {
    this.paints.add(paint);
    paint(this.now());
    return () => this.paints.delete(paint);
  }

  /** Runs before anything is painted, so that what reads the layout makes nobody wait for a new one. Returns how to stop. */
  addMeasure(measure: () => void): () => void {
    this.measures.add(measure);
    return () => this.measures.delete(measure);
  }

  /** Paints in the next frame; several requests are one. */
  soon(): void {
    this.frame ||= requestAnimationFrame(() => this.paint());
  }

  paint(): void {
    this.frame = 0;
    for (const measure of this.measures) measure();
    this.beforeEach();
    const now = this.now();
    for (const paint of [...this.paints]) paint(now);
    this.afterEach();
  }
}
