/** Half a period of the high priority flash: 2 Hz at 50 % (dashboard.md §1.3). The medium one is four times slower. */
const HALF_MS = 250;
const MEDIUM_HALVES = 4;

/**
 * The one flash clock of the page. All tiles read two attributes of the root element, so everything that flashes does
 * so in phase; out of phase, lawful tiles add up to more flashes a second than WCAG 2.3.1 allows.
 *
 * With reduced motion asked for, the attributes stay "on" and the style sheet draws a thick still frame.
 *
 * @returns how to stop
 */
export function startFlashClock(root: HTMLElement): () => void {
  const still = matchMedia('(prefers-reduced-motion: reduce)');
  let timer: ReturnType<typeof setTimeout> | undefined;
  const beat = (): void => {
    const nowMs = performance.now();
    const half = Math.floor(nowMs / HALF_MS);
    root.dataset['flashHigh'] = still.matches || half % 2 === 0 ? 'on' : 'off';
    root.dataset['flashMedium'] = still.matches || Math.floor(half / MEDIUM_HALVES) % 2 === 0 ? 'on' : 'off';
    timer = setTimeout(beat, HALF_MS - (nowMs % HALF_MS));
  };
  beat();
  return () => clearTimeout(timer);
}
