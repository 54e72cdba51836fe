import { isAsking } from './answers.js';

/**
 * What a person does until the state is there: presses what is found by CSS or bears that text, or types or chooses.
 * The first that is there and shown is taken.
 */
export type Step = string | { readonly into: string; readonly text: string };

const WITHIN_MS = 5_000;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const isCss = (name: string): boolean => /^([.#[]|tbody |summary)/.test(name);
const NAMED =
  'button, a, label, summary, [role=tab], [role=menuitem], [role=menuitemradio], [role=menuitemcheckbox], [role=option]';

/** What is seen: words for screen readers alone come behind it. */
const textOf = (element: HTMLElement): string =>
  [...element.childNodes]
    .filter((node) => !(node instanceof HTMLElement && node.classList.contains('visually-hidden')))
    .map((node) => node.textContent)
    .join('')
    .trim();

function found(name: string): HTMLElement | undefined {
  const all = [...document.querySelectorAll<HTMLElement>(isCss(name) ? name : NAMED)];
  const named = isCss(name) ? all : all.filter((each) => textOf(each) === name || each.ariaLabel === name);
  return named.find((each) => each.checkVisibility());
}

function field(name: string): HTMLElement | null | undefined {
  const at = found(name);
  return at instanceof HTMLLabelElement ? at.control : at;
}

/* Parts of radix-ui listen to the pointer, others to the click. */
function press(element: HTMLElement): void {
  const options = { bubbles: true, cancelable: true, button: 0 } as const;
  element.focus();
  element.dispatchEvent(new PointerEvent('pointerdown', { ...options, pointerType: 'mouse' }));
  element.dispatchEvent(new MouseEvent('mousedown', options));
  element.dispatchEvent(new PointerEvent('pointerup', { ...options, pointerType: 'mouse' }));
  element.dispatchEvent(new MouseEvent('mouseup', options));
  element.click();
}

/** As a person does it: React hears of a value only when it was not set by its own property. */
function fill(element: HTMLElement, text: string): void {
  const kind = element instanceof HTMLSelectElement ? HTMLSelectElement : HTMLInputElement;
  const own = element instanceof HTMLTextAreaElement ? HTMLTextAreaElement : kind;
  Object.getOwnPropertyDescriptor(own.prototype, 'value')?.set?.call(element, text);
  element.dispatchEvent(new Event('input', { bubbles: true }));
  element.dispatchEvent(new Event('change', { bubbles: true }));
}

const nameOf = (step: Step): string => (typeof step === 'string' ? step : step.into);

/** Waits for each step's element; answers what it could not find, or nothing. */
export async function walk(steps: readonly Step[], isShown: () => boolean): Promise<string> {
  await settled(isShown);
  for (const step of steps) {
    const untilMs = performance.now() + WITHIN_MS;
    let element = field(nameOf(step));
    while (!element && performance.now() < untilMs && isShown()) {
      await pause(30);
      element = field(nameOf(step));
    }
    if (!isShown()) return '';
    if (!element) return nameOf(step);
    if (typeof step === 'string') press(element);
    else fill(element, step.text);
    await settled(isShown);
  }
  return '';
}

/** Nothing is asked any more, and what was answered is drawn. */
async function settled(isShown: () => boolean): Promise<void> {
  for (let quiet = 0; quiet < 3 && isShown();) {
    await pause(30);
    quiet = isAsking() ? 0 : quiet + 1;
  }
}
